"""Rasa's conversation store, at a constant cost per turn.

We keep each conversation twice. The table `events` holds all its messages, for the history; no turn reads them. What the next
turn needs is in one row of `conversations`, which each turn replaces: the slots, the active loop, the last turn and the buttons
offered so far. So a turn reads one row and writes only what is new, no matter how long the conversation is.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import secrets
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile, islice, takewhile
from typing import Any, cast

import sqlalchemy
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SessionStarted, UserUttered, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection

from components import rasa_patches
from components.storage import figures, retention
from components.storage.audit_trail import VISITOR, AuditTrail
from components.storage.database import Database
from components.storage.errors import AlreadyAnsweredError, ConcurrentTurnError, StoreUnavailableError, UnusableDatabaseError
from components.storage.figures import CONTACT, HELPFUL, NOT_HELPFUL, Figure, Place, StoredTurn
from components.storage.seen_messages import receive
from components.storage.stored_tracker import StoredTracker, compact_json, message_rows, payloads, state_of
from components.storage.tables import (
    EVENTS,
    FEEDBACK,
    INSERT_CONVERSATION,
    SELECT_CONVERSATION,
    SELECT_FEEDBACK,
    SELECT_LATEST_REPLIES,
    UPDATE_CONVERSATION,
)
from runtime.clinic import CLINIC_ID
from runtime.clinics import SEPARATOR, clinic_of, id_at_clinic, served_clinics
from runtime.environment import expand, setting
from runtime.shapes import Metadata

logger = logging.getLogger(__name__)
EPHEMERAL_PREFIX = "unkept-"  # of the id of a conversation that we neither read nor store, after its clinic
IDEMPOTENT_PREFIX = "once-"  # prefix of the id of a message that we answer once, however often it is sent
LANGUAGE, ENGLISH = "language", "en"  # the slot, and its value if it is empty
HOUR = 60 * 60.0  # seconds
# What we read of a history at most: more would keep everybody else waiting.
MAX_HISTORY_MESSAGES = 1000
MAX_HISTORY_SIZE = 500_000  # characters, as stored


def ephemeral_id(clinic_id: str = CLINIC_ID) -> str:
    """Returns a new id for a clinic's conversation that we neither read nor store."""
    return id_at_clinic(clinic_id, EPHEMERAL_PREFIX + secrets.token_hex(16))


def is_ephemeral(sender_id: str) -> bool:
    """Whether we neither read nor store a conversation."""
    return sender_id.rpartition(SEPARATOR)[2].startswith(EPHEMERAL_PREFIX)


@dataclass(frozen=True)
class OpenedConversation:
    """What a channel knows of a conversation before it runs a turn.

    Attributes:
        tracker: the conversation; None if nothing is stored of it.
        is_unreadable: whether the store is down, so that we cannot know if anything is stored.
    """

    tracker: StoredTracker | None
    is_unreadable: bool = False


class ConversationStore(TrackerStore):
    """Raises `StoreUnavailableError` where Rasa's own store would end the process or wait forever."""

    def __init__(self, domain: Domain | None, db: str, host: str | None = None, event_broker: EventBroker | None = None) -> None:
        """Takes the settings in endpoints.yml: `db` is a SQLite file or the URL of a PostgreSQL database.

        If the database is down, we use it as soon as it is back.

        Raises:
            SystemExit: this version of the assistant cannot use the database.
            ClinicError: a clinic's file is invalid.
        """
        rasa_patches.install()
        self._clinics = served_clinics()
        super().__init__(domain, event_broker)
        self._opened: dict[str, StoredTracker | None] = {}  # what `open` has read for the turn that comes next
        self._writes = 0  # how often we have written a conversation
        try:
            self.database = Database(expand(db))
            if not self.database.prepare():
                logger.error("Cannot reach the database yet. Conversations are not stored until we can.")
        except UnusableDatabaseError as refusal:
            raise SystemExit(str(refusal)) from None

    async def retrieve(self, sender_id: str) -> StoredTracker | None:
        """Returns the conversation with its slots, active loop and last turn; None if there is none.

        Raises:
            StoreUnavailableError: it cannot be read.
        """
        if sender_id in self._opened:
            return self._opened.pop(sender_id)
        return await self._read(sender_id)

    @contextlib.asynccontextmanager
    async def open(self, sender_id: str) -> AsyncIterator[OpenedConversation]:
        """Reads a conversation for a channel, and hands it to the turn that follows, so that each turn reads once.

        If the conversation is written in between, the turn reads it again.
        """
        writes = self._writes
        try:
            opened = OpenedConversation(await self._read(sender_id))
            if writes == self._writes:
                self._opened[sender_id] = opened.tracker
        except StoreUnavailableError:
            opened = OpenedConversation(None, is_unreadable=True)
        try:
            yield opened
        finally:
            self._opened.pop(sender_id, None)

    async def _read(self, sender_id: str) -> StoredTracker | None:
        if is_ephemeral(sender_id):
            return None

        def read(connection: Connection) -> StoredTracker | None:
            row = connection.execute(SELECT_CONVERSATION, {"sender_id": sender_id}).first()
            return StoredTracker.from_row(sender_id, row, self.domain.slots) if row else None

        return await self.database.run(read)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Stores what is new in a conversation, in one transaction.

        Raises:
            StoreUnavailableError: it cannot be stored, or the database is full.
            ConcurrentTurnError: the stored conversation changed since the turn started. It stays as it is.
            AlreadyAnsweredError: we have already answered the message. Nothing is stored.
        """
        stored_events, stored_at, offered = 0, 0.0, frozenset[str]()
        if isinstance(tracker, StoredTracker):
            stored_events, stored_at, offered = tracker.stored_events, tracker.stored_at, tracker.offered
        new = list(islice(tracker.events, stored_events, None))
        if not new or is_ephemeral(tracker.sender_id):
            return
        if self.database.is_full:
            raise StoreUnavailableError
        offered = offered.union(*map(payloads, new))
        row = {
            "sender_id": tracker.sender_id,
            # Always later than the last one, whatever the clock does.
            "timestamp": max(time.time(), math.nextafter(stored_at, math.inf)),
            "state": compact_json(state_of(tracker)),
            "offered": compact_json(sorted(offered)),
        }
        messages = message_rows(new, tracker.sender_id)

        def write(connection: Connection) -> None:
            for event in new:
                if isinstance(event, UserUttered) and str(event.message_id).startswith(IDEMPOTENT_PREFIX):
                    receive(connection, f"{tracker.sender_id} {event.message_id}")
            _replace_conversation(connection, row, stored_at)
            if messages:
                connection.execute(EVENTS.insert(), messages)
            self._count_turn(connection, tracker, new, row["timestamp"])

        with self._writing(tracker.sender_id):
            await self.database.run(write, writes=True)
        if isinstance(tracker, StoredTracker):
            tracker.stored_events, tracker.stored_at, tracker.offered = len(tracker.events), row["timestamp"], offered
            tracker.asked = tracker.get_slot(REQUESTED_SLOT)

    def _count_turn(self, connection: Connection, tracker: DialogueStateTracker, new: Sequence[Event], now: float) -> None:
        """Counts what is new in a conversation, if that includes a visitor's message."""
        message = next((event for event in new if isinstance(event, UserUttered)), None)
        if not message:
            return
        is_new_session = any(isinstance(event, SessionStarted) for event in new)
        turn = StoredTurn(
            hour=figures.local_time(self._clinics.of(clinic_of(tracker.sender_id)), now).hour,
            is_first=not getattr(tracker, "stored_at", 0.0),
            intent=message.intent_name or "",
            replies=[_metadata(event.as_dict()) for event in new if isinstance(event, BotUttered)],
            asked=None if is_new_session else getattr(tracker, "asked", None),
            asks=tracker.get_slot(REQUESTED_SLOT),
        )
        figures.add(connection, self._place(message.input_channel, tracker, now), figures.figures_of(turn))

    def _place(self, channel: str | None, tracker: DialogueStateTracker, now: float) -> Place:
        clinic_id = clinic_of(tracker.sender_id)
        day = figures.day_of(figures.local_time(self._clinics.of(clinic_id), now))
        return Place(day, clinic_id, channel or "", tracker.get_slot(LANGUAGE) or ENGLISH)

    @contextlib.contextmanager
    def _writing(self, sender_id: str) -> Iterator[None]:
        """Goes around every change of a conversation. What was read before it is not handed to a turn."""
        try:
            yield
        finally:
            self._writes += 1
            self._opened.pop(sender_id, None)

    async def messages(self, sender_id: str) -> list[Event]:
        """Returns the messages of the visitor and the assistant: all of them, or the latest that are not too many.

        Raises:
            StoreUnavailableError: it cannot be read.
        """
        query = sqlalchemy.select(EVENTS.c.data, EVENTS.c.timestamp).where(
            EVENTS.c.sender_id == sender_id, EVENTS.c.type_name.in_([UserUttered.type_name, BotUttered.type_name])
        )
        latest = query.order_by(EVENTS.c.id.desc()).limit(MAX_HISTORY_MESSAGES)
        rows = await self.database.run(lambda connection: list(_until_too_long(connection.execute(latest))))
        events: list[Event] = deserialise_events([{**json.loads(row.data), "timestamp": row.timestamp} for row in reversed(rows)])
        return events

    async def answers_to(self, sender_id: str, message_id: str) -> list[BotUttered]:
        """Returns the answers to a message; an empty list if they are no longer stored.

        Raises:
            StoreUnavailableError: it cannot be read.
        """
        events = dropwhile(lambda event: getattr(event, "message_id", None) != message_id, await self.messages(sender_id))
        return list(takewhile(lambda event: isinstance(event, BotUttered), islice(events, 1, None)))

    async def add_feedback(self, sender_id: str, channel: str, topic: str, detail: str, helpful: bool) -> bool:
        """Stores and counts whether an answer helped. Only the first word on an answer counts.

        Returns:
            Whether that answer is stored in the conversation. If it is not, neither is the feedback.

        Raises:
            StoreUnavailableError: it cannot be stored.
        """
        tracker = await self.retrieve(sender_id)
        about = {"sender_id": sender_id, "topic": topic, "detail": detail}
        now = time.time()

        def write(connection: Connection) -> bool:
            if not tracker or not _was_shown(connection, sender_id, topic, detail):
                return False
            if not connection.execute(SELECT_FEEDBACK, about).first():
                connection.execute(FEEDBACK.insert(), {**about, "timestamp": now, "helpful": helpful})
                figure = Figure(HELPFUL if helpful else NOT_HELPFUL, topic, detail)
                figures.add(connection, self._place(channel, tracker, now), {figure: 1})
            return True

        return await self.database.run(write, writes=True)

    async def count_contact(self, sender_id: str, channel: str, kind: str) -> bool:
        """Counts that a visitor pressed a contact button. Returns whether the conversation is stored; others do not count.

        Raises:
            StoreUnavailableError: the store cannot be reached.
        """
        tracker = await self.retrieve(sender_id)
        if not tracker:
            return False
        place = self._place(channel, tracker, time.time())
        await self.database.run(lambda connection: figures.add(connection, place, {Figure(CONTACT, kind): 1}), writes=True)
        return True

    async def is_new_message(self, key: str) -> bool:
        """Records the message id `key`, and returns whether it is new. Without a database, every message counts as new."""
        try:
            await self.database.run(lambda connection: receive(connection, key))
        except AlreadyAnsweredError:
            return False
        except StoreUnavailableError:
            logger.error("Cannot tell whether a message is a duplicate.")  # better answered twice than not at all
        return True

    async def forget(self, sender_id: str) -> int:
        """Deletes everything stored about one conversation, for its visitor; see `retention.erase_conversation`."""
        with self._writing(sender_id):
            return await retention.erase_conversation(self.database, sender_id, AuditTrail(setting("SESSION_SECRET"), VISITOR))

    async def expire(self, now: float) -> int:
        """Deletes everything past its retention time, which each clinic sets; see `retention.delete_expired`."""
        usual, others = self._clinics.of(None).retention_hours, self._clinics.retention_hours
        kept = {hours * HOUR: clinics for hours, clinics in others.items()}
        return await retention.delete_expired(self.database, now, usual * HOUR, kept)

    async def is_available(self) -> bool:
        """Whether a turn can be read and stored right now. Tries one out and rolls it back."""
        try:
            await self.database.run(_rehearse_turn)
        except StoreUnavailableError:
            return False
        return True


def _rehearse_turn(connection: Connection) -> None:
    """Does everything that turns do with the tables, and rolls it back."""
    sender_id, now = ephemeral_id(), time.time()
    row = {"sender_id": sender_id, "timestamp": now, "state": "{}", "offered": "[]"}
    receive(connection, sender_id)
    _replace_conversation(connection, row, 0.0)
    _replace_conversation(connection, row, now)
    connection.execute(EVENTS.insert(), message_rows([UserUttered()], sender_id))
    connection.execute(FEEDBACK.insert(), {"sender_id": sender_id, "timestamp": now, "topic": "", "helpful": True})
    figures.add(connection, Place(0, CLINIC_ID, "", ENGLISH), {Figure(CONTACT): 1})
    connection.execute(SELECT_CONVERSATION, {"sender_id": sender_id}).one()
    connection.get_transaction().rollback()


def _until_too_long(rows: Iterable[Any]) -> Iterator[Any]:
    """Yields the first of `rows`, up to MAX_HISTORY_SIZE characters of the data of all of them together."""
    size = 0
    for row in rows:
        size += len(row.data)
        if size > MAX_HISTORY_SIZE:
            return
        yield row


def _was_shown(connection: Connection, sender_id: str, topic: str, detail: str) -> bool:
    """Whether an answer on `topic` with `detail` is among the latest MAX_HISTORY_MESSAGES of a conversation."""
    rows = connection.execute(SELECT_LATEST_REPLIES, {"sender_id": sender_id, "limit": MAX_HISTORY_MESSAGES})
    shown = (_metadata(json.loads(row.data)) for row in rows)
    return any((metadata.get("topic"), metadata.get("detail", "")) == (topic, detail) for metadata in shown)


def _metadata(event: Mapping[str, Any]) -> Metadata:
    """Returns what a reply is about, from the fields of its event."""
    return cast(Metadata, (event.get("metadata") or {}).get("metadata") or {})


def _replace_conversation(connection: Connection, row: dict[str, Any], previous_timestamp: float) -> None:
    """Replaces the row that was stored at `previous_timestamp`, or adds it if that is 0.

    Raises:
        ConcurrentTurnError: another turn has been stored since.
    """
    if previous_timestamp:
        done = connection.execute(UPDATE_CONVERSATION, {**row, "previous_timestamp": previous_timestamp})
    else:
        done = connection.execute(INSERT_CONVERSATION, row)
    if not done.rowcount:
        raise ConcurrentTurnError
