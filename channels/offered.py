"""What a conversation was offered to press: only such a button may act, and anything else is words."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import BotUttered

from components.storage.errors import StoreUnavailableError
from components.storage.stored_tracker import StoredTracker

LEADING_SLASHES = re.compile(r"^[\s/]+")
UNREADABLE = "?"  # stands for a message of nothing but slashes


class OfferedButtons:
    """What one conversation was offered to press: in all its turns, as long as it is stored, and in the last one."""

    def __init__(self, conversation: StoredTracker | None) -> None:
        """Takes the conversation as the store has it, or None."""
        events = conversation.events if conversation else ()
        self.latest = [message_of(event) for event in events if isinstance(event, BotUttered)]
        self._payloads = conversation.offered if conversation else frozenset()

    @classmethod
    async def load(cls, sender: str, store: TrackerStore) -> OfferedButtons:
        """Returns what the conversation `sender` was offered; nothing when that cannot be told now."""
        try:
            return cls(await store.retrieve(sender))
        except StoreUnavailableError:
            return cls(None)

    def without_unoffered_payload(self, text: str) -> str:
        """Returns `text`, as an instruction to the dialogue only if it is a button that this conversation was offered.

        Anything else that looks like one is cut down to its bare words and read as text.
        """
        if not text.startswith("/") or self._holds(text):
            return text
        return LEADING_SLASHES.sub("", text).partition("{")[0].strip() or UNREADABLE

    def payload_for(self, token: str) -> str | None:
        """Returns the offered payload that `token` stands for; None when none does."""
        return next((payload for payload in self._payloads if token_of(payload) == token), None)

    def _holds(self, text: str) -> bool:
        if text in self._payloads:
            return True
        # Several options of one question are sent as one payload with any subset of the offered values.
        intent, brace, rest = text.partition("{")
        try:
            chosen = json.loads(brace + rest)
            ((slot, values),) = chosen.items()
        except (ValueError, AttributeError, RecursionError):
            return False
        if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
            return False
        return all(intent + json.dumps({slot: value}) in self._payloads for value in values)


def token_of(payload: str) -> str:
    """Returns the 16 characters that stand for `payload` where a platform carries it, so that none shows its inside."""
    return hashlib.sha256(payload.encode("utf-8")).hexdigest()[:16]


async def without_unoffered_payload(text: str, sender: str, store: TrackerStore) -> str:
    """Returns `text` as `OfferedButtons.without_unoffered_payload` does, for the conversation `sender`."""
    return (await OfferedButtons.load(sender, store)).without_unoffered_payload(text) if text.startswith("/") else text


def message_of(event: BotUttered) -> dict[str, Any]:
    """Returns a stored message as it was sent."""
    message = {"text": event.text, "buttons": (event.data or {}).get("buttons"), **(event.metadata or {})}
    return {key: message[key] for key in ("text", "buttons", "metadata") if message.get(key)}
