"""The one remote action: it hands the answers of the check to the rules, and their outcome back."""

from __future__ import annotations

import logging
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import candidacy
from actions.questionnaire import ANSWERS

logger = logging.getLogger(__name__)
JUDGED = (*ANSWERS, "danger")  # the slots that the rules look at


class ActionAssessCandidacy(Action):
    """Judges the answers as they stand. Refuses on an incomplete set: then no outcome is set, and none is shown."""

    def name(self) -> str:
        return "action_assess_candidacy"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        try:
            outcome, rules = candidacy.assess({slot: tracker.get_slot(slot) for slot in JUDGED})
        except ValueError:
            # The text of the error may hold an answer, so it is not logged.
            logger.warning("The candidacy check was not judged: its answers are incomplete or not readable.")
            return [SlotSet(candidacy.OUTCOME_SLOT, None), SlotSet(candidacy.REASONS_SLOT, None)]
        logger.info("The answers were judged.")
        return [SlotSet(candidacy.OUTCOME_SLOT, outcome.name), SlotSet(candidacy.REASONS_SLOT, [rule.name for rule in rules])]
