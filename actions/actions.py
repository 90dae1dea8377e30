"""The only remote action: it passes the answers to the rules and returns the outcome."""

from __future__ import annotations

import logging
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import candidacy
from actions.questionnaire import ANSWERS

logger = logging.getLogger(__name__)
ASSESSED_SLOTS = (*ANSWERS, candidacy.DANGER_SLOT)  # the slots that the rules look at


class ActionAssessCandidacy(Action):
    """Assesses the current answers. If they are incomplete it sets no outcome, so none is shown."""

    def name(self) -> str:
        return "action_assess_candidacy"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        try:
            outcome, rules = candidacy.assess({slot: tracker.get_slot(slot) for slot in ASSESSED_SLOTS})
        except ValueError:
            # The text of the error may contain an answer, so we do not log it.
            logger.warning("Could not assess the candidacy check: its answers are incomplete or unreadable.")
            return [SlotSet(candidacy.OUTCOME_SLOT, None), SlotSet(candidacy.REASONS_SLOT, None)]
        logger.info("Assessed the candidacy check.")
        return [SlotSet(candidacy.OUTCOME_SLOT, outcome.name), SlotSet(candidacy.REASONS_SLOT, [rule.name for rule in rules])]
