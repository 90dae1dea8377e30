"""What every channel does with a message that was cleaned and checked: it takes one turn, and never stays silent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.events import BotUttered, Event
from sanic import Sanic

from channels.offered import message_from, message_of
from components.dialogue import check
from components.dialogue.texts import fixed_text
from components.privacy.masking import mask
from components.storage.conversation_store import EPHEMERAL_PREFIX, ConversationStore
from components.storage.errors import AlreadyAnsweredError, ConcurrentTurnError, StoreUnavailableError
from runtime.limits import TURN_TIMEOUT
from runtime.metrics import FAILURES, SECONDS, count
from runtime.shapes import Message

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 3  # at a turn, while other processes store turns of the same conversation first

Handle = Callable[[UserMessage], Awaitable[Any]]


class Replies(CollectingOutputChannel):
    """Collects the messages of one turn whole, with their metadata; Rasa's own class splits them on blank lines."""

    messages: list[Message]

    def __init__(self, channel: str) -> None:
        super().__init__()
        self._channel = channel

    def name(self) -> str:  # Rasa asks an instance, though its own method is a class method
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.messages.append(message_from(message))


@dataclass(frozen=True)
class Turn:
    """One message to be answered.

    Attributes:
        text: what was written, cleaned and without a payload that was never offered.
        sender: the id of the conversation.
        channel: the name of the channel it came from.
        recipient: who the answers are for, as the channel names them.
        message_id: for a message that may be sent again, an id that begins with IDEMPOTENT_PREFIX; None for any other.
        metadata: what the channel tells the dialogue, such as `check.OFF`.
    """

    text: str
    sender: str
    channel: str
    recipient: str
    message_id: str | None = None
    metadata: dict[str, Any] | None = None


async def take_turn(turn: Turn, handle: Handle, store: ConversationStore) -> list[Message]:
    """Runs one turn and returns its messages; if something broke or took too long, the fixed safe text, never nothing.

    Masks what is private in the text before anything else sees it. A message that was answered before gets the same answer, and
    no second turn. When another process stored a turn of the same conversation first, this one is taken again.
    """
    started = time.monotonic()
    with SECONDS.labels(turn.channel).time():
        try:
            turn = replace(turn, text=mask(turn.text))
            messages = await asyncio.wait_for(_answer(turn, handle, store), TURN_TIMEOUT)
        except Exception as error:
            # The error's own text may quote the visitor, so only its kind is logged.
            logger.error("A turn failed: %s", type(error).__name__)
            FAILURES.labels("turn").inc()
            messages = []
    messages = messages or [fixed_message("utter_safe_text")]
    count(turn.channel, messages)
    kinds = [message["metadata"]["kind"] for message in messages]
    fields = {"channel": turn.channel, "kinds": kinds, "seconds": round(time.monotonic() - started, 3)}
    logger.info("A turn was answered.", extra=fields)
    return [{"recipient_id": turn.recipient, **message} for message in messages]


async def _answer(turn: Turn, handle: Handle, store: ConversationStore) -> list[Message]:
    """Runs a turn until it is stored, unless it was stored before.

    When the store is down, the turn runs without a past and leaves none: questions and danger are answered, and a check says
    that it cannot go on.
    """
    try:
        for _ in range(MAX_ATTEMPTS):
            with contextlib.suppress(ConcurrentTurnError):
                return await _run(turn, handle)
        raise StoreUnavailableError
    except AlreadyAnsweredError:
        earlier = await store.answers_to(turn.sender, str(turn.message_id))
        # If there are none, the chat was deleted meanwhile.
        return [message_of(event) for event in earlier] or await _answer(replace(turn, message_id=None), handle, store)
    except StoreUnavailableError:
        FAILURES.labels("store").inc()
        alone = EPHEMERAL_PREFIX + secrets.token_hex(16)
        return await _run(replace(turn, sender=alone, metadata=turn.metadata or check.UNKNOWN_STATE), handle)


async def _run(turn: Turn, handle: Handle) -> list[Message]:
    replies = Replies(turn.channel)
    await handle(UserMessage(turn.text, replies, turn.sender, None, turn.channel, turn.message_id, turn.metadata))
    return replies.messages


def fixed_message(name: str) -> Message:
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
    store: ConversationStore = agent.tracker_store
    return store


async def delete_conversation(agent: Agent, sender: str) -> None:
    """Deletes all that is stored of a conversation, after the turn that is under way in it.

    Raises:
        StoreUnavailableError: it cannot be deleted now.
    """
    async with agent.lock_store.lock(sender):
        await conversation_store(agent).forget(sender)
