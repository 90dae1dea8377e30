"""A conversation without Rasa: what a visitor is told, by what the message was understood to say."""

from __future__ import annotations

from typing import Any

from components.dialogue.messages import ResponseRequest, message
from components.dialogue.parsed_message import ParsedMessage
from components.dialogue.texts import Texts
from components.dialogue.turn_plan import Situation, plan_turn
from components.understanding.mentions import Mention
from runtime.clinic import Clinic
from tests.unit.dialogue.all_responses import ALL_RESPONSES

RULES = {
    "ask_cost": ["action_answer", "utter_referral"],
    "nlu_fallback": ["utter_nlu_fallback", "utter_referral"],
    "report_emergency": ["utter_report_emergency", "utter_after_emergency_referral"],
    "report_reaction": ["utter_report_reaction", "utter_after_reaction_referral"],
    "express_self_harm": ["utter_express_self_harm"],
    "report_abuse": ["utter_report_abuse"],
}


class Conversation:
    """What a visitor is told, turn by turn."""

    def __init__(self, country: str = "US") -> None:
        self._texts = Texts(ALL_RESPONSES, Clinic(country=country))
        self._slots: dict[str, Any] = {}

    def said(
        self, intent: str, language: str | None = None, kind: str | None = None, basis: str | None = None
    ) -> list[dict[str, Any]]:
        """Returns the replies to a message in `language`; None if nothing in it tells the language."""
        given = {"language": language, "danger_kind": kind, "danger_basis": basis}
        mentions = [Mention(entity, value, 0, 1) for entity, value in given.items() if value]
        topics = [intent] if intent.startswith("ask_") else []
        parsed = ParsedMessage(intent, "...", mentions, topics)
        self._slots.update(plan_turn(Situation(parsed, self._slots, RULES, None)))
        spoken = self._texts.spoken_in(self._slots.get("language"))
        replies = [message(ResponseRequest(name, spoken, self._slots)) for name in self._slots["turn_plan"]]
        return [dict(reply) for reply in replies if reply]


def texts(replies: list[dict[str, Any]]) -> list[str]:
    return [reply["text"] for reply in replies]
