"""The response generator for Rasa: Rasa calls it, in process, for the message of each response."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
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
from runtime.clinics import Clinics, clinic_of, served_clinics
from runtime.shapes import Message

MAX_KEPT_TEXTS = 200  # clinics; 80 kB each, and a millisecond to make again


class ClinicTexts:
    """The texts of each clinic, made when they are first needed. Keeps those of the clinics that were used last."""

    def __init__(self, responses: Mapping[str, list[Variant]], clinics: Clinics) -> None:
        self._responses, self._clinics = responses, clinics
        self._kept: OrderedDict[str, Texts] = OrderedDict()

    def of(self, clinic_id: str) -> Texts:
        """Returns a clinic's texts, with its settings as they are now."""
        clinic, texts = self._clinics.of(clinic_id), self._kept.pop(clinic_id, None)
        if not texts or texts.clinic is not clinic:
            texts = Texts(self._responses, clinic)
        self._kept[clinic_id] = texts
        if len(self._kept) > MAX_KEPT_TEXTS:
            self._kept.popitem(last=False)
        return texts


class ResponseGenerator(TemplatedNaturalLanguageGenerator):
    """Builds every message from the texts in `data/responses/`."""

    def __init__(self, endpoint_config: EndpointConfig | None, domain: Domain | None) -> None:
        """Reads the clinics' settings.

        Raises:
            ClinicError: a clinic's file is invalid.
        """
        self.clinics = served_clinics()
        super().__init__(domain.responses if domain else {})

    @property
    def responses(self) -> Mapping[str, list[Variant]]:
        """All responses by name. Rasa creates this generator first, and sets them once the model is loaded."""
        return self._responses

    @responses.setter
    def responses(self, responses: Mapping[str, list[Variant]]) -> None:
        self._responses = responses
        self._texts = ClinicTexts(responses, self.clinics)
        if responses:
            # Fails now, and not in a turn, if a text that placeholders need is missing.
            Texts(responses, self.clinics.of(None)).fill("")

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> Message | None:
        """Returns the message for `utter_action`, or None if there is no such response."""
        ranking = (tracker.latest_message.parse_data or {}).get("intent_ranking", [])
        likely = [intent["name"] for intent in ranking]
        slots = tracker.current_slot_values()
        return message(ResponseRequest(utter_action, self._spoken(tracker, slots), slots, likely))

    def reminder(self, tracker: DialogueStateTracker) -> Message | None:
        """Returns the reminder of danger that comes before anything else, or None. For channels that reply without a turn."""
        slots = tracker.current_slot_values()
        name = reminder(slots)
        return message(ResponseRequest(name, self._spoken(tracker, slots), slots)) if name else None

    def _spoken(self, tracker: DialogueStateTracker, slots: Mapping[str, Any]) -> Texts:
        """Returns the clinic's texts in the visitor's language, if the assistant speaks it, otherwise in English."""
        return self._texts.of(clinic_of(tracker.sender_id)).spoken_in(slots.get(LANGUAGE))
