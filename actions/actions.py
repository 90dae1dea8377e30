"""The only remote action: it passes the answers to the rules and returns the outcome."""

from __future__ import annotations

import logging
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.candidacy import OUTCOME_SLOT, judgement

logger = logging.getLogger(__name__)


class ActionAssessCandidacy(Action):
    """Assesses the current answers. If they are incomplete it sets no outcome, so none is shown."""

    def name(self) -> str:
        return "action_assess_candidacy"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        judged = judgement(tracker.slots)
        if judged[OUTCOME_SLOT]:
            logger.info("Assessed the candidacy check.")
        else:
            logger.warning("Could not assess the candidacy check: its answers are incomplete or unreadable.")
        return [SlotSet(slot, value) for slot, value in judged.items()]
