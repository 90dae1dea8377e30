"""Turns the name of a response into the message that is sent: variant, clinic's words, sources, buttons, metadata."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import yaml
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from actions.questionnaire import CONSENT, FORM, ITEMS, QUESTIONNAIRE
from components.dialogue import check
from runtime.clinic import load_clinic
from runtime.paths import DATA, RESPONSES

SOURCES: dict[str, dict[str, str]] = yaml.safe_load((DATA / "sources.yml").read_text(encoding="utf-8"))["sources"]
MAX_SUGGESTIONS = 3  # topics offered for a message that was not understood
PLACEHOLDER = re.compile(r"\{(\w+)\}")
REFERRALS = ("utter_referral", "utter_referral_short")
ANSWER_PREFIX, MORE_SUFFIX, QUESTION_PREFIX = "utter_", "_more", f"utter_ask_{FORM}_"


@cache
def fixed_text(name: str) -> str:
    """Returns a response of `data/responses/notices.yml`, which needs neither model nor conversation."""
    notices = yaml.safe_load((RESPONSES / "notices.yml").read_text(encoding="utf-8"))["responses"]
    generator = ResponseGenerator(None, None)
    generator.responses = {**notices, **yaml.safe_load((RESPONSES / "contact.yml").read_text(encoding="utf-8"))["responses"]}
    return generator._text(name)


class ResponseGenerator(TemplatedNaturalLanguageGenerator):
    """Answers in process; every sentence comes from `data/responses/`."""

    def __init__(self, endpoint_config: EndpointConfig | None, domain: Domain | None) -> None:
        """Reads the clinic's own words.

        Raises:
            ValueError: `clinic.yml` has a wrong field.
        """
        self._clinic = load_clinic()
        self._words = self._clinic.words
        super().__init__(domain.responses if domain else {})

    @property
    def responses(self) -> dict[str, list[dict[str, Any]]]:
        """All responses by name. Rasa sets them once the model is loaded, after it made this generator."""
        return self._responses

    @responses.setter
    def responses(self, responses: dict[str, list[dict[str, Any]]]) -> None:
        self._responses = responses
        if responses:
            self._words["clinic_name"] = self._clinic.name or self._text("utter_unnamed_clinic")
            self._words["clinic_contact"] = self._text(self._contact())

    def _contact(self) -> str:
        known = "_and_".join(
            part for part, value in (("phone", self._clinic.phone), ("link", self._clinic.booking_link)) if value
        )
        return f"utter_contact_{known or 'finder'}"

    def _choose(self, name: str, slots: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the first variant whose conditions hold, else one of those without conditions."""
        entries = self._responses[name]
        for entry in entries:
            conditions = entry.get("condition")
            if conditions and all(slots.get(condition["name"]) == condition["value"] for condition in conditions):
                return entry
        return random.choice([entry for entry in entries if not entry.get("condition")])

    def _text(self, name: str, slots: Mapping[str, Any] = {}) -> str:
        return self._fill(self._choose(name, slots)["text"])

    def _fill(self, text: str) -> str:
        return PLACEHOLDER.sub(lambda found: str(self._words.get(found.group(1), found.group(0))), text)

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """Returns the message for `utter_action`, or None when there is no such response.

        The message has `text`, `buttons` where there are some, and `metadata` with `kind`, `sources` (list of {title, url}) and
        what the kind adds: `topic`; `slot`, `step`, `steps`, `select`; `outcome`, `answers`, `reasons`, `options`, `questions`.
        """
        if utter_action not in self._responses:
            return None
        slots = tracker.current_slot_values()
        if utter_action == "utter_assessment":
            return self._assessment(slots)
        entry = self._choose(utter_action, slots)
        about = entry.get("metadata", {})
        metadata: dict[str, Any] = {"kind": about.get("kind", "answer"), "sources": _cite(about.get("sources", []))}
        message = {"text": self._fill(entry["text"]), "metadata": metadata}
        if metadata["kind"] in ("answer", "emergency", "crisis"):
            metadata["topic"] = utter_action[len(ANSWER_PREFIX) :].replace(MORE_SUFFIX, "")
        if utter_action == "utter_ask_cost" and self._clinic.prices:
            message["text"] += "\n" + self._text("utter_clinic_prices")
        if metadata["kind"] == "question":
            self._ask(message, utter_action, slots)
        elif utter_action in REFERRALS:
            message["buttons"] = self._links()
        elif utter_action == check.ELSEWHERE and self._clinic.chat_page:
            message["buttons"] = [{"title": about["title"], "url": self._clinic.chat_page}]
        elif metadata["kind"] == "fallback":
            message["buttons"] = self._offer(self._nearest(tracker), utter_action)
        elif not slots.get(REQUESTED_SLOT):
            # In a running check the open question has the buttons.
            message["buttons"] = self._offer(about.get("followups", []), utter_action)
        return {key: value for key, value in message.items() if value}

    def _offer(self, intents: Iterable[str], utter_action: str) -> list[dict[str, str]]:
        more = f"{utter_action}{MORE_SUFFIX}"
        buttons = [{"title": "Tell me more", "payload": "/ask_more_detail"}] if more in self._responses else []
        return buttons + [{"title": self._title(intent), "payload": f"/{intent}"} for intent in intents]

    def _nearest(self, tracker: DialogueStateTracker) -> list[str]:
        """Returns the topics nearest to a message that was not understood."""
        ranking = (tracker.latest_message.parse_data or {}).get("intent_ranking", [])
        return [one["name"] for one in ranking if self._has_title(one["name"])][:MAX_SUGGESTIONS]

    def _has_title(self, intent: str) -> bool:
        return any("title" in entry.get("metadata", {}) for entry in self._responses.get(f"utter_{intent}", []))

    def _title(self, intent: str) -> str:
        return next(
            entry["metadata"]["title"] for entry in self._responses[f"utter_{intent}"] if "title" in entry.get("metadata", {})
        )

    def _links(self) -> list[dict[str, str]]:
        if self._clinic.booking_link:
            return [{"title": "Book a visit", "url": self._clinic.booking_link}]
        return [{"title": "Find a dermatologist", "url": self._words["finder_url"]}]

    @staticmethod
    def _ask(message: dict[str, Any], utter_action: str, slots: Mapping[str, Any]) -> None:
        if utter_action == check.OPENING:
            message["metadata"].update(slot=CONSENT, **check.progress(slots))
            message["buttons"] = [
                {"title": "Yes, start", "payload": "/affirm"},
                {"title": "No, thank you", "payload": "/deny"},
            ]
            return
        slot = utter_action[len(QUESTION_PREFIX) :]
        question = QUESTIONNAIRE["questions"][slot]
        message["metadata"].update(slot=slot, select=question.get("select", "one"), **check.progress(slots))
        message["buttons"] = [
            {"title": title, "payload": "/inform" + json.dumps({slot: value})} for value, title in question["values"].items()
        ]

    def _assessment(self, slots: Mapping[str, Any]) -> dict[str, Any]:
        outcome = slots.get("candidacy_outcome")
        if not outcome:
            # The rules could not be asked, so nothing is shown.
            return {"text": self._text("utter_check_unavailable"), "metadata": {"kind": "notice", "sources": []}}
        answers = [
            {"slot": slot, "label": question["label"], "answer": _answer_words(slot, slots[slot], question)}
            for slot, question in ITEMS.items()
            if slots.get(slot)
        ]
        reasons, cited = [], []
        for name in slots.get("candidacy_reasons") or []:
            entry = self._choose(f"utter_reason_{name}", slots)
            reasons.append({"name": name, "text": self._fill(entry["text"]), "sources": _cite(entry["metadata"]["sources"])})
            cited += entry["metadata"]["sources"]
        urgent = outcome == "urgent_care"
        for part in ("status",) if urgent else ("status", "options", "questions"):
            cited += self._choose(f"utter_assessment_{part}", slots)["metadata"]["sources"]
        options = "" if urgent else self._text("utter_assessment_options", slots)
        questions = [] if urgent else self._text("utter_assessment_questions", slots).split("\n")
        headline = self._text("utter_assessment", slots)
        parts = [
            headline,
            self._list("answers", [f"{one['label']}: {one['answer']}" for one in answers]),
            self._list("reasons", [one["text"] for one in reasons]),
            options,
            self._list("questions", questions),
            self._text("utter_assessment_status", slots),
        ]
        return {
            "text": "\n\n".join(part for part in parts if part),
            "metadata": {
                "kind": "assessment",
                "outcome": outcome,
                "headline": headline,
                "answers": answers,
                "reasons": reasons,
                "options": options,
                "questions": questions,
                "status": self._text("utter_assessment_status", slots),
                "sources": _cite(dict.fromkeys(cited)),
            },
        }

    def _list(self, part: str, lines: list[str]) -> str:
        if not lines:
            return ""
        return "\n".join([self._text(f"utter_assessment_{part}_heading") + ":", *(f"- {line}" for line in lines)])


def _answer_words(slot: str, value: Any, question: Mapping[str, Any]) -> str:
    values = value if isinstance(value, list) else [value]
    return ", ".join(question["values"].get(one, str(one)) for one in values)


def _cite(ids: Iterable[str]) -> list[dict[str, str | None]]:
    return [{"title": SOURCES[one]["title"], "url": SOURCES[one].get("url")} for one in ids]
