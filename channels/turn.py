"""What every way in does with a message: clean its text, let only offered buttons act, and never stay silent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
import unicodedata
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.events import BotUttered, Event
from sanic import Sanic

from channels.offered import message_of
from components.dialogue import check
from components.dialogue.texts import fixed_text
from components.privacy.masking import mask
from components.storage.conversation_store import EPHEMERAL_PREFIX, ConversationStore
from components.storage.errors import AlreadyAnsweredError, ConcurrentTurnError, StoreUnavailableError
from runtime.metrics import FAILURES, SECONDS, count

logger = logging.getLogger(__name__)
MAX_MESSAGE_LENGTH = 5000  # characters
TURN_LIMIT = 4.5  # seconds for one turn: nobody waits longer than five
KEPT_CONTROLS = "\n\t"
MAX_ATTEMPTS = 3  # at a turn that another process overtakes

Handle = Callable[[UserMessage], Awaitable[Any]]


def clean(text: str) -> str:
    """Returns `text` in NFC, without lone surrogates, control and direction signs, and blanks around it."""
    text = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode("utf-8").replace("\r", "\n"))
    kept = (sign for sign in text if sign in KEPT_CONTROLS or unicodedata.category(sign) not in ("Cc", "Cs") and not _turns(sign))
    return "".join(kept).strip()


def _turns(sign: str) -> bool:
    """Whether `sign` is one of those that turn the direction of the text after it."""
    return unicodedata.bidirectional(sign) in ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")


class Replies(CollectingOutputChannel):
    """Collects the messages of one turn whole, with their metadata, never split on blank lines."""

    def __init__(self, channel: str) -> None:
        """Takes the name of the channel."""
        super().__init__()
        self._channel = channel

    def name(self) -> str:  # noqa: D102 (Rasa asks an instance, though its own method is a class method)
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
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
        message_id: of a message that may be sent again, an id that begins with IDEMPOTENT_PREFIX; None for any other.
        metadata: what the channel tells the dialogue, such as `check.OFF`.
    """

    text: str
    sender: str
    channel: str
    recipient: str
    message_id: str | None = None
    metadata: dict[str, Any] | None = None


async def take_turn(turn: Turn, handle: Handle, store: ConversationStore) -> list[dict[str, Any]]:
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


async def _answer(turn: Turn, handle: Handle, store: ConversationStore) -> list[dict[str, Any]]:
    """Runs a turn until it is stored, or was stored before.

    When its conversation cannot be read or kept, it is taken without a past and leaves none: questions and danger are answered,
    and a check says that it cannot go on.
    """
    try:
        for _ in range(MAX_ATTEMPTS):
            with contextlib.suppress(ConcurrentTurnError):
                return await _run(turn, handle)
        raise StoreUnavailableError
    except AlreadyAnsweredError:
        earlier = await store.answers_to(turn.sender, str(turn.message_id))
        # Without them the chat was deleted meanwhile.
        return [message_of(event) for event in earlier] or await _answer(replace(turn, message_id=None), handle, store)
    except StoreUnavailableError:
        FAILURES.labels("store").inc()
        alone = EPHEMERAL_PREFIX + secrets.token_hex(16)
        return await _run(replace(turn, sender=alone, metadata=turn.metadata or check.UNKNOWN_STATE), handle)


async def _run(turn: Turn, handle: Handle) -> list[dict[str, Any]]:
    replies = Replies(turn.channel)
    await handle(UserMessage(turn.text, replies, turn.sender, None, turn.channel, turn.message_id, turn.metadata))
    return replies.messages


def fixed_message(name: str) -> dict[str, Any]:
    """Returns a response that needs no conversation, as a message."""
    return {"text": fixed_text(name), "metadata": {"kind": "notice", "sources": []}}


def transcript(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Returns the messages of a conversation for its visitor: `{"from": "visitor" or "assistant", "text", …}`."""
    lines: list[dict[str, Any]] = []
    for event in events:
        if isinstance(event, BotUttered):
            lines.append({"from": "assistant", **message_of(event)})
        elif event.type_name == "user" and event.text:
            lines.append({"from": "visitor", "text": event.text})
    return lines


def ready_agent(app: Sanic) -> Agent | None:
    """Returns Rasa's agent once its model is loaded."""
    agent = getattr(app.ctx, "agent", None)
    return agent if agent and agent.is_ready() else None


def conversation_store(agent: Agent) -> ConversationStore:
    """Returns the store of the agent's conversations."""
    return agent.tracker_store


async def delete_conversation(agent: Agent, sender: str) -> None:
    """Deletes all that is stored of a conversation, after the turn that is under way in it.

    Raises:
        StoreUnavailableError: it cannot be deleted now.
    """
    async with agent.lock_store.lock(sender):
        await conversation_store(agent).forget(sender)
