"""The buttons that we offered in a conversation. Only their payloads are accepted; anything else is treated as plain text."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, cast

from rasa.shared.core.events import BotUttered

from components.dialogue.messages import with_danger
from components.storage.stored_tracker import StoredTracker
from runtime.shapes import Message

LEADING_SLASHES = re.compile(r"^[\s/]+")
UNREADABLE = "?"  # replaces a message in which we can read nothing


class OfferedButtons:
    """The buttons of one conversation: the payloads from all stored turns, and the messages of the last turn.

    Attributes:
        latest: the assistant's messages in the last turn.
    """

    def __init__(self, conversation: StoredTracker | None) -> None:
        events = conversation.events if conversation else ()
        self.latest = [message_of(event) for event in events if isinstance(event, BotUttered)]
        self._payloads = conversation.offered if conversation else frozenset()

    def strip_unoffered_payload(self, text: str) -> str:
        """Returns `text`, but "?" for a payload that we never offered, and a typed command without its slash.

        The words of a payload mean nothing to a visitor, so no classifier should read them.
        """
        if not text.startswith("/") or self._was_offered(text):
            return text
        return UNREADABLE if "{" in text else LEADING_SLASHES.sub("", text).strip() or UNREADABLE

    def payload_for(self, token: str) -> str | None:
        """Returns the offered payload with this `token`, or None."""
        return next((payload for payload in self._payloads if token_of(payload) == token), None)

    def _was_offered(self, payload: str) -> bool:
        if payload in self._payloads:
            return True
        # When a visitor picks several options, they arrive as one payload with a list of offered values.
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
    """Returns a token of 16 characters that we send to a platform instead of `payload`, so that nobody there can read it."""
    return hashlib.sha256(payload.encode("utf-8")).hexdigest()[:16]


def message_of(event: BotUttered) -> Message:
    """Returns a stored message the way it was sent."""
    message = message_from({"text": event.text, "buttons": (event.data or {}).get("buttons"), **(event.metadata or {})})
    return with_danger(message)


def message_from(fields: Mapping[str, Any]) -> Message:
    """Returns the fields of a message, without empty fields and without what Rasa added."""
    return cast(Message, {name: fields[name] for name in ("text", "buttons", "metadata") if fields.get(name)})
