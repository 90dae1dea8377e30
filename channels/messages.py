"""What every way in does with a message: clean its text, let only offered buttons act, and never stay silent."""

from __future__ import annotations

import json
import logging
import re
import unicodedata
from typing import Any, Awaitable, Callable, Dict, Iterable, List, Optional, Set

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import BotUttered

from components.answers import fixed_text

logger = logging.getLogger(__name__)
LONGEST_MESSAGE = 5000  # characters
LEADING_SLASHES = re.compile(r"^[\s/]+")
KEPT_CONTROLS = "\n\t"
UNREADABLE = "?"  # stands for a message of nothing but slashes


def clean(text: str) -> str:
    """Returns `text` in NFC, without lone surrogates, control and direction signs, and blanks around it."""
    text = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode("utf-8").replace("\r", "\n"))
    kept = (sign for sign in text if sign in KEPT_CONTROLS or unicodedata.category(sign) not in ("Cc", "Cs") and not _turns(sign))
    return "".join(kept).strip()


def _turns(sign: str) -> bool:
    """Whether `sign` is one of those that turn the direction of the text after it."""
    return unicodedata.bidirectional(sign) in ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")


async def guard(text: str, sender: str, store: TrackerStore) -> str:
    """Returns `text`, as an instruction to the dialogue only if it is a button that this conversation was offered.

    Anything else that looks like one is cut down to its bare words and read as text.
    """
    if not text.startswith("/"):
        return text
    tracker = await store.retrieve(sender)
    events = tracker.events if tracker else []
    offered = {
        button.get("payload")
        for event in events
        if isinstance(event, BotUttered)
        for button in (event.data or {}).get("buttons") or []
    }
    return text if _is_offered(text, offered) else LEADING_SLASHES.sub("", text).partition("{")[0].strip() or UNREADABLE


def _is_offered(text: str, offered: Set[Optional[str]]) -> bool:
    if text in offered:
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
    return all(intent + json.dumps({slot: value}) in offered for value in values)


class Replies(CollectingOutputChannel):
    """Collects the messages of one turn whole, with their metadata, never split on blank lines."""

    def __init__(self, channel: str, recipient: str) -> None:
        """Takes the name of the channel and who the messages are for."""
        super().__init__()
        self._channel, self._recipient = channel, recipient

    def name(self) -> str:  # noqa: D102 (Rasa asks an instance, though its own method is a class method)
        return self._channel

    async def send_response(self, recipient_id: str, message: Dict[str, Any]) -> None:
        """Keeps a message as the generator made it."""
        kept = {key: message[key] for key in ("text", "buttons", "metadata") if message.get(key)}
        self.messages.append({"recipient_id": self._recipient, **kept})


async def take_turn(
    text: str, sender: str, channel: str, recipient: str, handle: Callable[[UserMessage], Awaitable[Any]]
) -> List[Dict[str, Any]]:
    """Runs one turn and returns its messages; if something broke, the fixed safe text, never nothing."""
    replies = Replies(channel, recipient)
    try:
        await handle(UserMessage(text, replies, sender, input_channel=channel))
    except Exception as error:
        # The error's own text may quote the visitor, so only its kind is logged.
        logger.error("A turn failed: %s", type(error).__name__)
    return replies.messages or [{"recipient_id": recipient, **fixed_message("utter_safe_text")}]


def fixed_message(name: str) -> Dict[str, Any]:
    """Returns a response that needs no conversation, as a message."""
    return {"text": fixed_text(name), "metadata": {"kind": "notice", "sources": []}}


def transcript(events: Iterable[Any]) -> List[Dict[str, Any]]:
    """Returns the messages of a conversation for its visitor: `{"from": "visitor" or "assistant", "text", …}`."""
    lines: List[Dict[str, Any]] = []
    for event in events:
        if isinstance(event, BotUttered):
            message = {"text": event.text, "buttons": (event.data or {}).get("buttons"), **(event.metadata or {})}
            kept = {key: message[key] for key in ("text", "buttons", "metadata") if message.get(key)}
            lines.append({"from": "assistant", **kept})
        elif event.type_name == "user" and event.text:
            lines.append({"from": "visitor", "text": event.text})
    return lines
