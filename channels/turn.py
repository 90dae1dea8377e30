"""What every channel does with a cleaned and checked message: it runs one turn and always answers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.events import BotUttered, Event
from sanic import Sanic

from channels.offered import message_from, message_of
from components.dialogue import check
from components.dialogue.texts import fixed_text
from components.dialogue.turn_plan import PAGE_LANGUAGE
from components.storage.conversation_store import ConversationStore, ephemeral_id
from components.storage.errors import AlreadyAnsweredError, ConcurrentTurnError, StoreUnavailableError
from components.understanding.languages import ENGLISH
from runtime.clinic import Clinic
from runtime.clinics import clinic_of, served_clinics
from runtime.limits import TURN_TIMEOUT
from runtime.metrics import FAILURES, SECONDS, count
from runtime.shapes import Message

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 3  # at one turn, if other processes keep storing turns of the same conversation first

Handle = Callable[[UserMessage], Awaitable[Any]]


class ReplyCollector(CollectingOutputChannel):
    """Collects one turn's messages intact, with their metadata. Rasa's own class splits them at blank lines."""

    messages: list[Message]

    def __init__(self, channel: str) -> None:
        super().__init__()
        self._channel = channel

    def name(self) -> str:  # Rasa asks an instance, though its own method is a class method
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        known = message_from(message)
        if not known.get("metadata", {}).get("kind"):
            # Each text of ours says what it is; nobody has reviewed any other.
            logger.error("A message without a kind was not sent.")
            known = fixed_message("utter_safe_text", clinic=_clinic_of(recipient_id))
        self.messages.append(known)


@dataclass(frozen=True)
class Turn:
    """One message to answer.

    Attributes:
        text: the text as it was written, cleaned and without payloads that we never offered.
        sender: the id of the conversation.
        channel: the name of the channel it came from.
        recipient: who the answers are for, in the channel's own terms.
        message_id: an id that starts with IDEMPOTENT_PREFIX if the message may be sent again; otherwise None.
        metadata: what the channel tells the dialogue, such as `check.OFF`.
    """

    text: str
    sender: str
    channel: str
    recipient: str
    message_id: str | None = None
    metadata: dict[str, Any] | None = None

    def unkept(self) -> Turn:
        """Returns the same turn without what was said before, and without being stored."""
        return replace(
            self, sender=ephemeral_id(clinic_of(self.sender)), metadata={**check.UNKNOWN_STATE, **(self.metadata or {})}
        )


async def take_turn(turn: Turn, handle: Handle, store: ConversationStore) -> list[Message]:
    """Runs one turn and returns its messages. If something breaks or takes too long, returns the fixed safe text.

    A message that we already answered gets the same answer without a second turn. If another process stores a turn of the same
    conversation first, this turn runs again.
    """
    started = time.monotonic()
    with SECONDS.labels(turn.channel).time():
        try:
            messages = await asyncio.wait_for(_answer(turn, handle, store), TURN_TIMEOUT)
        except Exception as error:
            # The text of the error may quote the visitor, so we only log its type.
            logger.error("A turn failed: %s", type(error).__name__)
            FAILURES.labels("turn").inc()
            messages = []
    language = (turn.metadata or {}).get(PAGE_LANGUAGE, ENGLISH)
    messages = messages or [fixed_message("utter_safe_text", language, _clinic_of(turn.sender))]
    count(turn.channel, messages)
    kinds = [message["metadata"]["kind"] for message in messages]
    fields = {"channel": turn.channel, "kinds": kinds, "seconds": round(time.monotonic() - started, 3)}
    logger.info("Answered a turn.", extra=fields)
    return [{"recipient_id": turn.recipient, **message} for message in messages]


async def _answer(turn: Turn, handle: Handle, store: ConversationStore) -> list[Message]:
    """Runs a turn until it is stored, unless it already is.

    If the store is down or full, the turn runs without history and is not stored. We still answer questions and danger; a check
    says that it cannot continue.
    """
    try:
        for _ in range(MAX_ATTEMPTS):
            with contextlib.suppress(ConcurrentTurnError):
                return await _run(turn, handle)
        raise StoreUnavailableError
    except AlreadyAnsweredError:
        earlier = await store.answers_to(turn.sender, str(turn.message_id))
        # If there are none, the chat has been deleted in the meantime.
        return [message_of(event) for event in earlier] or await _answer(replace(turn, message_id=None), handle, store)
    except StoreUnavailableError:
        FAILURES.labels("store").inc()
        return await _run(turn.unkept(), handle)


async def _run(turn: Turn, handle: Handle) -> list[Message]:
    replies = ReplyCollector(turn.channel)
    await handle(UserMessage(turn.text, replies, turn.sender, None, turn.channel, turn.message_id, turn.metadata))
    return replies.messages


def _clinic_of(sender: str) -> Clinic:
    return served_clinics().of(clinic_of(sender))


def fixed_message(name: str, language: str = ENGLISH, clinic: Clinic | None = None) -> Message:
    """Returns a clinic's response as a message, without needing a conversation."""
    return {"text": fixed_text(name, language, clinic), "metadata": {"kind": "notice", "sources": [], "language": language}}


def transcript(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Returns the messages of a conversation for the visitor: `{"from": "visitor" or "assistant", "time", "text", …}`."""
    lines: list[dict[str, Any]] = []
    for event in events:
        said_at = datetime.fromtimestamp(event.timestamp, timezone.utc).isoformat(timespec="seconds")
        if isinstance(event, BotUttered):
            lines.append({"from": "assistant", "time": said_at, **message_of(event)})
        elif event.type_name == "user" and event.text:
            lines.append({"from": "visitor", "time": said_at, "text": event.text})
    return lines


def ready_agent(app: Sanic) -> Agent | None:
    """Returns Rasa's agent, or None until its model is loaded."""
    agent = getattr(app.ctx, "agent", None)
    return agent if agent and agent.is_ready() else None


def conversation_store(agent: Agent) -> ConversationStore:
    """Returns the agent's conversation store."""
    store: ConversationStore = agent.tracker_store
    return store


async def delete_conversation(agent: Agent, sender: str) -> None:
    """Deletes everything stored about a conversation, after any turn in progress.

    Raises:
        StoreUnavailableError: the store cannot delete it now.
    """
    async with agent.lock_store.lock(sender):
        await conversation_store(agent).forget(sender)
