"""The response generator for Rasa: Rasa calls it, in process, for the message of each response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from components.dialogue.danger import reminder
from components.dialogue.messages import ResponseRequest, message
from components.dialogue.parsed_message import LANGUAGE
from components.dialogue.texts import Texts
from components.dialogue.translations import Variant
from runtime.clinic import load_clinic
from runtime.shapes import Message


class ResponseGenerator(TemplatedNaturalLanguageGenerator):
    """Builds every message from the texts in `data/responses/`."""

    def __init__(self, endpoint_config: EndpointConfig | None, domain: Domain | None) -> None:
        """Reads the clinic's settings.

        Raises:
            ClinicError: `clinic.yml` is invalid.
        """
        self._clinic = load_clinic()
        super().__init__(domain.responses if domain else {})

    @property
    def responses(self) -> Mapping[str, Sequence[Variant]]:
        """All responses by name. Rasa creates this generator first, and sets them once the model is loaded."""
        return self.texts.responses

    @responses.setter
    def responses(self, responses: Mapping[str, list[Variant]]) -> None:
        self.texts = Texts(responses, self._clinic)
        if responses:
            self.texts.fill("")  # fails now, and not in a turn, if a text that placeholders need is missing

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> Message | None:
        """Returns the message for `utter_action`, or None if there is no such response."""
        ranking = (tracker.latest_message.parse_data or {}).get("intent_ranking", [])
        likely = [intent["name"] for intent in ranking]
        slots = tracker.current_slot_values()
        return message(ResponseRequest(utter_action, self._spoken(slots), slots, likely))

    def reminder(self, tracker: DialogueStateTracker) -> Message | None:
        """Returns the reminder of danger that comes before anything else, or None. For channels that reply without a turn."""
        slots = tracker.current_slot_values()
        name = reminder(slots)
        return message(ResponseRequest(name, self._spoken(slots), slots)) if name else None

    def _spoken(self, slots: Mapping[str, Any]) -> Texts:
        """Returns the texts in the visitor's language, if the assistant speaks it, otherwise in English."""
        return self.texts.spoken_in(slots.get(LANGUAGE))
