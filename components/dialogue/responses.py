"""Rasa's side of the replies: Rasa asks this generator for the message of each response, and gets it in process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from components.dialogue.messages import Request, message
from components.dialogue.texts import Texts, Variant
from components.dialogue.turn_plan import reminder
from runtime.clinic import load_clinic
from runtime.shapes import Message


class ResponseGenerator(TemplatedNaturalLanguageGenerator):
    """Answers in process; every sentence comes from `data/responses/`."""

    def __init__(self, endpoint_config: EndpointConfig | None, domain: Domain | None) -> None:
        """Reads the clinic's own words.

        Raises:
            ValueError: `clinic.yml` has a wrong field.
        """
        self._clinic = load_clinic()
        super().__init__(domain.responses if domain else {})

    @property
    def responses(self) -> Mapping[str, list[Variant]]:
        """All responses by name. Rasa sets them once the model is loaded, after it made this generator."""
        return self.texts.responses

    @responses.setter
    def responses(self, responses: Mapping[str, list[Variant]]) -> None:
        self.texts = Texts(responses, self._clinic)

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> Message | None:
        """Returns the message for `utter_action`, or None when there is no such response."""
        ranking = (tracker.latest_message.parse_data or {}).get("intent_ranking", [])
        likely = [intent["name"] for intent in ranking]
        return message(Request(utter_action, self.texts, tracker.current_slot_values(), likely))

    def reminder(self, tracker: DialogueStateTracker) -> Message | None:
        """Returns what stands before everything else in a conversation, also where no turn is run; None where nothing does."""
        slots = tracker.current_slot_values()
        name = reminder(slots)
        return message(Request(name, self.texts, slots)) if name else None
