"""Calls the action server through our `ActionEndpoint`, and trusts only the parts of its answer that our own rules confirm.

Whoever gets to the action server's port first could answer in its place. So its answer may only set the two slots of the
judgement, to what the rules give for the tracker's own answers; we drop everything else. On disagreement, nothing is shown.

We also do not check Rasa's own schema on every call. Rasa validates the response with a jsonschema function that first validates
the schema itself against the metaschema. That takes 30 of a turn's 43 ms. It never changes, so we create its validator once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from jsonschema.validators import validator_for
from rasa.core.actions import action
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from actions.candidacy import judgement
from components.rasa_patches.action_endpoint import ActionEndpoint
from runtime.metrics import REFUSED_JUDGEMENTS

logger = logging.getLogger(__name__)
SCHEMA = action.RemoteAction.action_response_format_spec()
VALIDATOR = validator_for(SCHEMA)(SCHEMA)


class RemoteAction(action.RemoteAction):
    """Rasa's remote action. The response still has to match the same schema."""

    def __init__(self, name: str, action_endpoint: EndpointConfig | None) -> None:
        super().__init__(name, ActionEndpoint.of(action_endpoint) if action_endpoint else None)

    async def run(self, output_channel: Any, nlg: Any, tracker: DialogueStateTracker, domain: Any) -> list[Event]:
        """Returns the events for the judgement, once it is the one that our own rules give; otherwise those that clear it."""
        events = await super().run(output_channel, nlg, tracker, domain)
        return [SlotSet(slot, value) for slot, value in confirmed(events, tracker.current_slot_values()).items()]

    def _validate_action_result(self, result: dict[str, Any]) -> bool:
        VALIDATOR.validate(result)
        return True


def confirmed(events: Sequence[Event], slots: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the slots of the judgement in the action server's `events`, all None if the rules contradict it."""
    ours = judgement(slots)
    theirs = {event.key: event.value for event in events if isinstance(event, SlotSet) and event.key in ours}
    if len(events) > len(theirs):
        logger.error("The action server sent more than a judgement. We dropped the rest.")
        REFUSED_JUDGEMENTS.labels("addition").inc()
    if theirs == ours:
        return ours
    logger.error("The action server's judgement is not the one that the rules give. We do not show it.")
    REFUSED_JUDGEMENTS.labels("disagreement").inc()
    return dict.fromkeys(ours)


def install() -> None:
    """Makes Rasa call the action server this way."""
    action.RemoteAction = RemoteAction
