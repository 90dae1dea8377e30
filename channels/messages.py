"""What every way in does with a message: clean its text, let only offered buttons act, and never stay silent."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import re
import secrets
import time
import unicodedata
from dataclasses import dataclass, replace
from typing import Any, Awaitable, Callable, Dict, Iterable, List, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import BotUttered, Event
from sanic import Sanic

from channels.metrics import FAILURES, SECONDS, count
from components import check
from components.answers import fixed_text
from components.masking import mask
from components.tracker_store import UNKEPT, Answered, Continued, ConversationStore, Overtaken, StoreDown

logger = logging.getLogger(__name__)
LONGEST_MESSAGE = 5000  # characters
TURN_LIMIT = 4.5  # seconds for one turn: nobody waits longer than five
LEADING_SLASHES = re.compile(r"^[\s/]+")
KEPT_CONTROLS = "\n\t"
UNREADABLE = "?"  # stands for a message of nothing but slashes
MOST_ATTEMPTS = 3  # at a turn that another process overtakes

Handle = Callable[[UserMessage], Awaitable[Any]]


def clean(text: str) -> str:
    """Returns `text` in NFC, without lone surrogates, control and direction signs, and blanks around it."""
    text = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode("utf-8").replace("\r", "\n"))
    kept = (sign for sign in text if sign in KEPT_CONTROLS or unicodedata.category(sign) not in ("Cc", "Cs") and not _turns(sign))
    return "".join(kept).strip()


def _turns(sign: str) -> bool:
    """Whether `sign` is one of those that turn the direction of the text after it."""
    return unicodedata.bidirectional(sign) in ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")


class Offered:
    """What one conversation was offered to press: in all its turns, as long as it is stored, and in the last one."""

    def __init__(self, conversation: Optional[Continued]) -> None:
        """Takes the conversation as the store has it, or None."""
        events = conversation.events if conversation else ()
        self.latest = [_message(event) for event in events if isinstance(event, BotUttered)]
        self._payloads = conversation.offered if conversation else frozenset()

    @classmethod
    async def to(cls, sender: str, store: TrackerStore) -> Offered:
        """Returns what the conversation `sender` was offered; nothing when that cannot be told now."""
        try:
            return cls(await store.retrieve(sender))
        except StoreDown:
            return cls(None)

    def guard(self, text: str) -> str:
        """Returns `text`, as an instruction to the dialogue only if it is a button that this conversation was offered.

        Anything else that looks like one is cut down to its bare words and read as text.
        """
        if not text.startswith("/") or self._holds(text):
            return text
        return LEADING_SLASHES.sub("", text).partition("{")[0].strip() or UNREADABLE

    def payload(self, token: str) -> Optional[str]:
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


async def guard(text: str, sender: str, store: TrackerStore) -> str:
    """Returns `text` as `Offered.guard` does, for the conversation `sender`."""
    return (await Offered.to(sender, store)).guard(text) if text.startswith("/") else text


class Replies(CollectingOutputChannel):
    """Collects the messages of one turn whole, with their metadata, never split on blank lines."""

    def __init__(self, channel: str) -> None:
        """Takes the name of the channel."""
        super().__init__()
        self._channel = channel

    def name(self) -> str:  # noqa: D102 (Rasa asks an instance, though its own method is a class method)
        return self._channel

    async def send_response(self, recipient_id: str, message: Dict[str, Any]) -> None:
        """Keeps a message as the generator made it."""
        self.messages.append({key: message[key] for key in ("text", "buttons", "metadata") if message.get(key)})


@dataclass(frozen=True)
class Turn:
    """One message to be answered.

    Attributes:
        text: what was written, cleaned and guarded.
        sender: the conversation.
        channel: the name of the channel it came from.
        recipient: who the answers are for, in the channel's own words.
        message_id: of a message that may be sent again, an id that begins with ONCE; None for any other.
        metadata: what the channel tells the dialogue, such as `check.OFF`.
    """

    text: str
    sender: str
    channel: str
    recipient: str
    message_id: Optional[str] = None
    metadata: Optional[Dict[str, Any]] = None


async def take_turn(turn: Turn, handle: Handle, store: ConversationStore) -> List[Dict[str, Any]]:
    """Runs one turn and returns its messages; if something broke or took too long, the fixed safe text, never nothing.

    What is private in the text goes no further than this. A message that was answered before gets the same answer, and no second
    turn. A turn that another process has overtaken has not happened, and is taken again.
    """
    began = time.monotonic()
    with SECONDS.labels(turn.channel).time():
        try:
            turn = replace(turn, text=mask(turn.text))
            messages = await asyncio.wait_for(_answer(turn, handle, store), TURN_LIMIT)
        except Exception as error:
            # The error's own text may quote the visitor, so only its kind is logged.
            logger.error("A turn failed: %s", type(error).__name__)
            FAILURES.labels("turn").inc()
            messages = []
    messages = messages or [fixed_message("utter_safe_text")]
    count(turn.channel, messages)
    kinds = [message["metadata"]["kind"] for message in messages]
    about = {"channel": turn.channel, "kinds": kinds, "seconds": round(time.monotonic() - began, 3)}
    logger.info("A turn was answered.", extra=about)
    return [{"recipient_id": turn.recipient, **message} for message in messages]


async def _answer(turn: Turn, handle: Handle, store: ConversationStore) -> List[Dict[str, Any]]:
    """Runs a turn until it is stored, or was stored before.

    When its conversation cannot be read or kept, it is taken without a past and leaves none: questions and danger are answered,
    and a check says that it cannot go on.
    """
    try:
        for _ in range(MOST_ATTEMPTS):
            with contextlib.suppress(Overtaken):
                return await _run(turn, handle)
        raise StoreDown
    except Answered:
        earlier = await store.answers_to(turn.sender, str(turn.message_id))
        # Without them the chat was deleted meanwhile.
        return [_message(event) for event in earlier] or await _answer(replace(turn, message_id=None), handle, store)
    except StoreDown:
        FAILURES.labels("store").inc()
        alone = UNKEPT + secrets.token_hex(16)
        return await _run(replace(turn, sender=alone, metadata=turn.metadata or check.UNKNOWN_STATE), handle)


async def _run(turn: Turn, handle: Handle) -> List[Dict[str, Any]]:
    replies = Replies(turn.channel)
    await handle(UserMessage(turn.text, replies, turn.sender, None, turn.channel, turn.message_id, turn.metadata))
    return replies.messages


def fixed_message(name: str) -> Dict[str, Any]:
    """Returns a response that needs no conversation, as a message."""
    return {"text": fixed_text(name), "metadata": {"kind": "notice", "sources": []}}


def transcript(events: Iterable[Event]) -> List[Dict[str, Any]]:
    """Returns the messages of a conversation for its visitor: `{"from": "visitor" or "assistant", "text", …}`."""
    lines: List[Dict[str, Any]] = []
    for event in events:
        if isinstance(event, BotUttered):
            lines.append({"from": "assistant", **_message(event)})
        elif event.type_name == "user" and event.text:
            lines.append({"from": "visitor", "text": event.text})
    return lines


def _message(event: BotUttered) -> Dict[str, Any]:
    """Returns a stored message as it was sent."""
    message = {"text": event.text, "buttons": (event.data or {}).get("buttons"), **(event.metadata or {})}
    return {key: message[key] for key in ("text", "buttons", "metadata") if message.get(key)}


def ready_agent(app: Sanic) -> Optional[Agent]:
    """Returns Rasa's agent once its model is loaded."""
    agent = getattr(app.ctx, "agent", None)
    return agent if agent and agent.is_ready() else None


def conversation_store(agent: Agent) -> ConversationStore:
    """Returns the conversation store itself; Rasa's wrapper is around it until `serving.prepare` took it off."""
    return getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)


async def delete_conversation(agent: Agent, sender: str) -> None:
    """Deletes all that is stored of a conversation, after the turn that is under way in it.

    Raises:
        StoreDown: it cannot be deleted now.
    """
    async with agent.lock_store.lock(sender):
        await conversation_store(agent).forget(sender)
