"""Understands each message as it was written, and only passes on the masked text.

Rasa puts the text and everything understood in it into one event, which then goes to the store, the history, brokers, actions and
logs. So we mask in between, once, for every channel.

We also leave out three things that Rasa does in every turn. It sends the payload of a pressed button through the whole pipeline,
and then replaces all that was found with what the payload says. It looks for values in the mappings of all slots, though ours
have none. And it copies all events for debug lines, even if nobody reads them. Visitors' words must not be in these anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rasa.core import agent
from rasa.core.actions.action import Action
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.core.events import ActionExecutionRejected, Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_VALUE,
    INTENT,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from components.privacy.masking import mask, mask_strings
from components.privacy.written_text import keep_written

OFFSETS = (ENTITY_ATTRIBUTE_START, ENTITY_ATTRIBUTE_END)


class MaskingProcessor(MessageProcessor):
    """Masks a message after understanding it and before anything else."""

    async def _handle_message_with_tracker(self, message: UserMessage, tracker: DialogueStateTracker) -> None:
        written = message.text or ""
        # Not through `parse_message`, which logs the text.
        parsed = message.parse_data or self._payload(written) or self._parse_message_with_graph(message, tracker)
        message.parse_data = masked(parsed)
        message.text = message.parse_data[TEXT]
        await super()._handle_message_with_tracker(message, tracker)
        placed = [_masked_entity(entity, dropped=()) for entity in parsed[ENTITIES]]
        keep_written(tracker.latest_message, written, placed)

    def _payload(self, text: str) -> dict[str, Any] | None:
        """Returns what the payload of a pressed button says; None if `text` is not one."""
        if not text.startswith(INTENT_MESSAGE_PREFIX):
            return None
        read = YAMLStoryReader.unpack_regex_message(Message({TEXT: text}), self.domain, RegexMessageHandler.__name__)
        return read.as_dict(only_output_properties=True) if read.get(INTENT) else None

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        """Extracts nothing: only `TurnPolicy` writes slots."""
        return tracker

    def _log_action_on_tracker(
        self, tracker: DialogueStateTracker, action: Action, events: list[Event] | None, prediction: PolicyPrediction
    ) -> None:
        """Adds the events of an action to the tracker."""
        events = events or []
        if not any(isinstance(event, ActionExecutionRejected) for event in events):
            tracker.update_with_events(prediction.events, self.domain)
            tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(events, self.domain)

    @staticmethod
    def _log_slots(tracker: DialogueStateTracker) -> None:
        """Logs nothing."""


def masked(parsed: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what we understood in a message without anything private in it.

    Where something was masked, entities lose their offsets, because those count characters of the text as it was written.
    """
    text = mask(parsed[TEXT])
    dropped = () if text == parsed[TEXT] else OFFSETS
    return {**parsed, TEXT: text, ENTITIES: [_masked_entity(entity, dropped) for entity in parsed[ENTITIES]]}


def _masked_entity(entity: Mapping[str, Any], dropped: Collection[str]) -> dict[str, Any]:
    kept = {name: value for name, value in entity.items() if name not in dropped}
    # Values come from our own lists, except those of a payload typed into `rasa shell`.
    return {**kept, ENTITY_ATTRIBUTE_VALUE: mask_strings(kept[ENTITY_ATTRIBUTE_VALUE])}


def install() -> None:
    """Makes Rasa's agents process messages this way."""
    agent.MessageProcessor = MaskingProcessor
