"""The buttons that a conversation was offered: only they may act, and anything else is read as words."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, cast

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import BotUttered

from components.storage.errors import StoreUnavailableError
from components.storage.stored_tracker import StoredTracker
from runtime.shapes import Message

LEADING_SLASHES = re.compile(r"^[\s/]+")
UNREADABLE = "?"  # stands for a message of nothing but slashes


class OfferedButtons:
    """The buttons of one conversation: the payloads of all its turns, as long as it is stored, and the last turn's messages.

    Attributes:
        latest: the assistant's messages of the last turn.
    """

    def __init__(self, conversation: StoredTracker | None) -> None:
        events = conversation.events if conversation else ()
        self.latest = [message_of(event) for event in events if isinstance(event, BotUttered)]
        self._payloads = conversation.offered if conversation else frozenset()

    @classmethod
    async def load(cls, sender: str, store: TrackerStore) -> OfferedButtons:
        """Returns the buttons of the conversation `sender`; none while the store is down."""
        try:
            return cls(await store.retrieve(sender))
        except StoreUnavailableError:
            return cls(None)

    def without_unoffered_payload(self, text: str) -> str:
        """Returns `text`; cuts a payload that was never offered down to its words, so that it is read as text."""
        if not text.startswith("/") or self._was_offered(text):
            return text
        return LEADING_SLASHES.sub("", text).partition("{")[0].strip() or UNREADABLE

    def payload_for(self, token: str) -> str | None:
        """Returns the offered payload that `token` stands for; None when none does."""
        return next((payload for payload in self._payloads if token_of(payload) == token), None)

    def _was_offered(self, payload: str) -> bool:
        if payload in self._payloads:
            return True
        # Several options of one question come as one payload with any subset of the offered values.
        intent, brace, rest = payload.partition("{")
        try:
            answer = json.loads(brace + rest)
            ((slot, values),) = answer.items()
        except (ValueError, AttributeError, RecursionError):
            return False
        if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
            return False
        return all(intent + json.dumps({slot: value}) in self._payloads for value in values)


def token_of(payload: str) -> str:
    """Returns the 16 characters that stand for `payload` on a platform, so that nobody there sees what it says."""
    return hashlib.sha256(payload.encode("utf-8")).hexdigest()[:16]


async def without_unoffered_payload(text: str, sender: str, store: TrackerStore) -> str:
    """Returns `text` as `OfferedButtons.without_unoffered_payload` does, for the conversation `sender`."""
    return (await OfferedButtons.load(sender, store)).without_unoffered_payload(text) if text.startswith("/") else text


def message_of(event: BotUttered) -> Message:
    """Returns a stored message as it was sent."""
    return message_from({"text": event.text, "buttons": (event.data or {}).get("buttons"), **(event.metadata or {})})


def message_from(fields: Mapping[str, Any]) -> Message:
    """Returns the fields that a message consists of, without empty ones and without what Rasa added."""
    return cast(Message, {name: fields[name] for name in ("text", "buttons", "metadata") if fields.get(name)})
