"""Converts a conversation between Rasa's tracker and rows of the database.

We only store the messages of both sides, and of each only what is read again. How we came to an answer (other readings, entities,
actions, slots) only matters during the turn: the slots that the next one needs are in the row of the conversation.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SlotSet, UserUttered, deserialise_events
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

from components.intents import EXPLAIN_QUESTION, GO_BACK, STOP

MESSAGES = (UserUttered, BotUttered)
# The chat has small buttons for these beside each question of the check, in the language of the page.
BESIDE_A_QUESTION = {f"/{intent}" for intent in (EXPLAIN_QUESTION, GO_BACK, STOP)}
OPEN_QUESTION = ("kind", "slot", "select")  # what the metadata of a reply says about the question in it


class StoredTracker(DialogueStateTracker):
    """A stored conversation, loaded to continue it.

    Attributes:
        stored_events: how many of its events belong to turns that are already stored.
        stored_at: when its last turn was stored, in seconds since 1970. No two turns share it.
        asked: the question of the check that stood open then.
        offered: the payloads of all buttons offered in it so far. They stay few without the rest of each message.
    """

    stored_events: int = 0
    stored_at: float = 0.0
    asked: str | None = None
    offered: frozenset[str] = frozenset()

    @classmethod
    def from_row(cls, sender_id: str, row: Any, slots: Iterable[Slot]) -> StoredTracker:
        """Returns the conversation in a row of the table `conversations`."""
        slots = list(slots)
        events = _events(json.loads(row.state), row.timestamp, {slot.name for slot in slots})
        tracker: StoredTracker = cls.from_events(sender_id, events, slots)
        tracker.stored_events, tracker.stored_at = len(tracker.events), row.timestamp
        tracker.asked = tracker.get_slot(REQUESTED_SLOT)
        tracker.offered = frozenset(json.loads(row.offered))
        return tracker


def state_of(tracker: DialogueStateTracker) -> dict[str, Any]:
    """Returns the state of a conversation after a turn: the changed slots, the active loop and the last turn."""
    return {
        "slots": {name: slot.value for name, slot in tracker.slots.items() if slot.value != slot.initial_value},
        "loop": tracker.active_loop_name,
        "turn": [_needed_next(event) for event in _last_turn(tracker)],
    }


def message_rows(events: Iterable[Event], sender_id: str) -> list[dict[str, Any]]:
    """Returns a row of the table `events` for each message in `events`."""
    return [
        {
            "sender_id": sender_id,
            "type_name": event.type_name,
            "timestamp": event.timestamp,
            "intent_name": event.intent_name if isinstance(event, UserUttered) else None,
            "action_name": None,
            "data": compact_json(_stored(event)),
        }
        for event in events
        if isinstance(event, MESSAGES)
    ]


def compact_json(value: Any) -> str:
    """Returns `value` as compact JSON."""
    return json.dumps(value, separators=(",", ":"))


def payloads(event: Event) -> frozenset[str]:
    """Returns the payloads of the buttons that `event` offers."""
    if not isinstance(event, BotUttered):
        return frozenset()
    buttons = (event.data or {}).get("buttons") or ()
    is_question = ((event.metadata or {}).get("metadata") or {}).get("step")
    return frozenset(button["payload"] for button in buttons if "payload" in button) | (
        BESIDE_A_QUESTION if is_question else set()
    )


def _events(state: Mapping[str, Any], stored_at: float, known_slots: Collection[str]) -> list[Event]:
    """Returns the events that bring a new tracker to `state`, listening since `stored_at`. An earlier version had other slots."""
    turn = deserialise_events(state["turn"])
    for event in turn:
        event.timestamp = stored_at  # Rasa uses this to decide when a session is over
    loop = [ActiveLoop(state["loop"])] if state["loop"] else []
    slots = [SlotSet(name, value) for name, value in state["slots"].items() if name in known_slots]
    return [*slots, *loop, *turn, ActionExecuted(ACTION_LISTEN_NAME)]


def _stored(message: UserUttered | BotUttered) -> dict[str, Any]:
    """Returns what we store of a message, in a form that Rasa can read."""
    stored: dict[str, Any] = {"event": message.type_name, "text": message.text}
    if isinstance(message, UserUttered):
        return {**stored, "message_id": message.message_id, "parse_data": {"intent": {"name": message.intent_name}}}
    # Rasa puts our metadata inside its own.
    return {
        **stored,
        "data": {"buttons": message.data.get("buttons")},
        "metadata": {"metadata": message.metadata.get("metadata")},
    }


def _needed_next(message: UserUttered | BotUttered) -> dict[str, Any]:
    """Returns what the next turn needs of a message: what the visitor wrote, and what an answer to a reply can choose from."""
    stored = _stored(message)
    if isinstance(message, UserUttered):
        return stored
    metadata = stored["metadata"]["metadata"] or {}
    kept = {name: metadata[name] for name in OPEN_QUESTION if name in metadata}
    return {**stored, "text": None, "metadata": {"metadata": kept}}


def _last_turn(tracker: DialogueStateTracker) -> list[UserUttered | BotUttered]:
    """Returns the visitor's last message and the answers to it."""
    turn: list[UserUttered | BotUttered] = []
    for event in reversed(tracker.events):
        if isinstance(event, MESSAGES):
            turn.append(event)
        if isinstance(event, UserUttered):
            break
    return turn[::-1]
