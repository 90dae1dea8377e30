"""The store of conversations and feedback: SQL, and it never ends the process.

A conversation is kept twice. All its events stand in Rasa's own table, for the history and the retention; nobody reads them to
answer. What the next turn needs stands in one row that each turn replaces: the slots, the active loop, the last turn, and the
buttons offered so far. So a turn reads one row and writes what is new, however long the conversation is.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import math
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import dropwhile, islice, takewhile
from typing import Any, TypeVar

import sqlalchemy
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SlotSet, UserUttered, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import Column
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from components import rasa_patches
from components.storage.database import MAX_CONNECTIONS, connect, time_limit
from runtime.environment import expand, setting

Result = TypeVar("Result")

logger = logging.getLogger(__name__)
EPHEMERAL_PREFIX = "unkept-"  # begins the id of a conversation that is neither read nor stored
IDEMPOTENT_PREFIX = "once-"  # begins the id of a message that is answered once, however often it is sent
RETRY_AFTER_FAILURE = 2.0  # seconds for which a database that failed is not asked again
DELETE_BATCH = 1000  # rows that are deleted at once
MAX_HISTORY_MESSAGES = 1000  # messages; to read more of them would keep everybody else waiting


class StoreUnavailableError(Exception):
    """A conversation cannot be read, or cannot be kept, now. Its text says nothing, for a database's errors quote."""


class ConcurrentTurnError(Exception):
    """Another process has stored a turn of this conversation since it was read."""


class AlreadyAnsweredError(Exception):
    """The message was answered before, here or by another process."""


class Feedback(SQLTrackerStore.Base):
    """One "was this helpful?": whose, about which topic, and the answer."""

    __tablename__ = "feedback"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
    sender_id = sqlalchemy.Column(sqlalchemy.String(255), nullable=False, index=True)
    timestamp = sqlalchemy.Column(sqlalchemy.Float, nullable=False)
    topic = sqlalchemy.Column(sqlalchemy.String(64), nullable=False)
    helpful = sqlalchemy.Column(sqlalchemy.Boolean, nullable=False)


class Received(SQLTrackerStore.Base):
    """One message that is answered once: the hash of its id, so that a repetition is known, also after a restart."""

    __tablename__ = "received"
    key = sqlalchemy.Column(sqlalchemy.String(64), primary_key=True)
    timestamp = sqlalchemy.Column(sqlalchemy.Float, nullable=False, index=True)


class Conversation(SQLTrackerStore.Base):
    """What the next turn of a conversation needs, as JSON: the slots, the loop and the last turn; the payloads offered so far."""

    __tablename__ = "conversations"
    sender_id = sqlalchemy.Column(sqlalchemy.String(255), primary_key=True)
    timestamp = sqlalchemy.Column(sqlalchemy.Float, nullable=False, index=True)
    state = sqlalchemy.Column(sqlalchemy.Text, nullable=False)
    offered = sqlalchemy.Column(sqlalchemy.Text, nullable=False)


EVENTS = SQLTrackerStore.SQLEvent.__table__
# What is past its retention time is looked up by this.
sqlalchemy.Index("ix_events_timestamp", EVENTS.c.timestamp)
# A chain of clinics would use up Rasa's 32 bits in three years.
EVENTS.c.id.type = sqlalchemy.BigInteger().with_variant(sqlalchemy.Integer(), "sqlite")

# Plain SQL, since SQLAlchemy takes longer to compose these than the database to answer them.
LAST_SEEN = sqlalchemy.text("SELECT timestamp FROM conversations WHERE sender_id = :sender_id")
READ = sqlalchemy.text("SELECT timestamp, state, offered FROM conversations WHERE sender_id = :sender_id")
# A conflict is no error: PostgreSQL would write the whole statement into its log.
RECEIVE = sqlalchemy.text("INSERT INTO received (key, timestamp) VALUES (:key, :timestamp) ON CONFLICT DO NOTHING")
BEGIN = sqlalchemy.text(
    "INSERT INTO conversations (sender_id, timestamp, state, offered) VALUES (:sender_id, :timestamp, :state, :offered)"
    " ON CONFLICT DO NOTHING"
)
REPLACE = sqlalchemy.text(
    "UPDATE conversations SET timestamp = :timestamp, state = :state, offered = :offered"
    " WHERE sender_id = :sender_id AND timestamp = :read"
)


class StoredTracker(DialogueStateTracker):
    """A conversation that goes on.

    Attributes:
        stored_events: how many of its first events are in the store already.
        stored_at: when its last turn was stored, in seconds since 1970. No two turns share it.
        offered: the payloads of all buttons that it was ever offered. Without the rest of each message they are few.
    """

    stored_events: int = 0
    stored_at: float = 0.0
    offered: frozenset[str] = frozenset()


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store at a cost that does not grow; where Rasa's exits over a bad value, it raises `StoreUnavailableError`."""

    def __init__(self, domain: Domain | None, db: str, host: str | None = None, event_broker: EventBroker | None = None) -> None:
        """Takes what stands in endpoints.yml: `db` is a file for SQLite, or the URL of a PostgreSQL database.

        Rasa's own store waits without end for a database that is down; this one answers without it meanwhile.
        """
        rasa_patches.install()
        self.engine = connect(expand(db) or setting("CONVERSATIONS_DB"))
        # A database on another machine is waited for beside the event loop, so a slow one keeps nobody else waiting.
        self._threads = None if self.engine.dialect.name == "sqlite" else ThreadPoolExecutor(MAX_CONNECTIONS)
        self._has_tables = False
        self._failures, self._down_until = 0, 0.0
        TrackerStore.__init__(self, domain, event_broker)
        with contextlib.suppress(StoreUnavailableError):
            self._transact(_write_nothing)

    async def _do(self, work: Callable[[Connection], Result], writes: bool = False) -> Result:
        """Returns what `work` does in one transaction. One that `writes` is ended before a cancellation counts.

        Raises:
            StoreUnavailableError: the database fails. What `work` raises of its own goes on to the caller.
        """
        if not self._threads:
            return self._transact(work)
        done = asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, self._transact, work)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            if not writes:
                raise
            # Or a visitor would be told that nothing was kept, and it would be.
            return await done

    def _transact(self, work: Callable[[Connection], Result]) -> Result:
        with self._failing_openly(), time_limit(), self.engine.begin() as connection:
            return work(connection)

    @contextlib.contextmanager
    def _failing_openly(self) -> Iterator[None]:
        if time.monotonic() < self._down_until:
            raise StoreUnavailableError
        try:
            self._make_tables()
            yield
            self._failures = 0
        except (ConcurrentTurnError, AlreadyAnsweredError):
            raise
        except SQLAlchemyError as error:
            self._failures += 1
            # One failure may be of one statement. But while SQLite is waited for, everybody waits, so it is not asked twice.
            if self._failures > 1 or not self._threads:
                self._down_until = time.monotonic() + RETRY_AFTER_FAILURE
            logger.error("The database failed: %s", type(error).__name__)
            raise StoreUnavailableError from None
        except Exception as error:
            logger.error("A stored conversation cannot be read: %s", type(error).__name__)
            raise StoreUnavailableError from None

    def _make_tables(self) -> None:
        if self._has_tables:
            return
        with time_limit(), self.engine.begin() as connection:
            if self.engine.dialect.name == "postgresql":
                # Of several processes that start together, one makes them.
                connection.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(1)"))
            self.Base.metadata.create_all(connection)
            for index in EVENTS.indexes:
                index.create(connection, checkfirst=True)  # the table may be older
        self._has_tables = True

    async def retrieve(self, sender_id: str) -> StoredTracker | None:
        """Returns the conversation with its slots, its active loop and its last turn; None when there is none.

        Raises:
            StoreUnavailableError: it cannot be read.
        """
        if sender_id.startswith(EPHEMERAL_PREFIX):
            return None

        def read(connection: Connection) -> StoredTracker | None:
            row = connection.execute(READ, {"sender_id": sender_id}).first()
            if not row:
                return None
            tracker = StoredTracker.from_events(sender_id, _events(json.loads(row.state), row.timestamp), self.domain.slots)
            tracker.stored_events, tracker.stored_at = len(tracker.events), row.timestamp
            tracker.offered = frozenset(json.loads(row.offered))
            return tracker

        return await self._do(read)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Stores what is new of a conversation, in one transaction.

        Raises:
            StoreUnavailableError: it cannot be stored.
            ConcurrentTurnError: what is stored is not what the turn began with, and stays as it is.
            AlreadyAnsweredError: the message has been answered before, and nothing is stored.
        """
        continued = isinstance(tracker, StoredTracker)
        new = list(islice(tracker.events, tracker.stored_events if continued else 0, None))
        if not new or tracker.sender_id.startswith(EPHEMERAL_PREFIX):
            return
        offered = (tracker.offered if continued else frozenset()).union(*map(payloads, new))
        row = {
            "sender_id": tracker.sender_id,
            # Never before the last one, whatever the clock does.
            "timestamp": max(time.time(), math.nextafter(tracker.stored_at, math.inf)) if continued else time.time(),
            "state": json.dumps(_state(tracker)),
            "offered": json.dumps(sorted(offered)),
        }

        def write(connection: Connection) -> None:
            for event in new:
                if isinstance(event, UserUttered) and str(event.message_id).startswith(IDEMPOTENT_PREFIX):
                    _receive(connection, f"{tracker.sender_id} {event.message_id}")
            _replace(connection, row, tracker.stored_at if continued else None)
            connection.execute(EVENTS.insert(), [_stored(event, tracker.sender_id) for event in new])

        await self._do(write, writes=True)
        if continued:
            tracker.stored_events, tracker.stored_at, tracker.offered = len(tracker.events), row["timestamp"], offered

    async def messages(self, sender_id: str) -> list[Event]:
        """Returns what the visitor and the assistant said in a conversation: all of it, or the last of very much.

        Raises:
            StoreUnavailableError: it cannot be read.
        """
        said = sqlalchemy.select(EVENTS.c.data).where(
            EVENTS.c.sender_id == sender_id, EVENTS.c.type_name.in_([UserUttered.type_name, BotUttered.type_name])
        )
        latest = said.order_by(EVENTS.c.id.desc()).limit(MAX_HISTORY_MESSAGES)
        rows = await self._do(lambda connection: connection.execute(latest).all())
        return deserialise_events([json.loads(row.data) for row in reversed(rows)])

    async def answers_to(self, sender_id: str, message_id: str) -> list[BotUttered]:
        """Returns what was answered to a message; nothing when it is no longer stored.

        Raises:
            StoreUnavailableError: it cannot be read.
        """
        said = dropwhile(lambda event: getattr(event, "message_id", None) != message_id, await self.messages(sender_id))
        return list(takewhile(lambda event: isinstance(event, BotUttered), islice(said, 1, None)))

    async def add_feedback(self, sender_id: str, topic: str, helpful: bool) -> None:
        """Stores whether an answer helped.

        Raises:
            StoreUnavailableError: it cannot be stored.
        """
        row = {"sender_id": sender_id, "timestamp": time.time(), "topic": topic, "helpful": helpful}
        await self._do(lambda connection: connection.execute(Feedback.__table__.insert(), row), writes=True)

    async def first_time(self, key: str) -> bool:
        """Tells whether the message with the id `key` comes for the first time, and notes it. Without a database each does."""
        try:
            await self._do(lambda connection: _receive(connection, key))
        except AlreadyAnsweredError:
            return False
        except StoreUnavailableError:
            logger.error("Whether a message is a repetition cannot be told.")  # better answered twice than not at all
        return True

    async def last_seen(self, sender_id: str) -> float | None:
        """Returns when the last turn of a conversation was, in seconds since 1970; None when there was none.

        Raises:
            StoreUnavailableError: nobody can tell.
        """
        return await self._do(lambda connection: connection.execute(LAST_SEEN, {"sender_id": sender_id}).scalar())

    async def forget(self, sender_id: str) -> int:
        """Deletes all that is stored of one conversation; returns how many rows that was.

        Raises:
            StoreUnavailableError: it cannot be deleted now.
        """

        def delete(connection: Connection) -> int:
            # First the row that each turn replaces: a turn that is under way elsewhere has ended, or finds itself overtaken.
            tables = (Conversation.__table__, EVENTS, Feedback.__table__)
            return sum(connection.execute(table.delete().where(table.c.sender_id == sender_id)).rowcount for table in tables)

        rows = await self._do(delete, writes=True)
        self._overwrite_deleted()
        return rows

    async def expire(self, before: float) -> int:
        """Deletes all that was stored before `before`, in seconds since 1970, in portions, so that turns come in between.

        Returns:
            How many rows that was.

        Raises:
            StoreUnavailableError: it cannot be deleted now.
        """
        rows = 0
        for table in (EVENTS, Conversation.__table__, Feedback.__table__, Received.__table__):
            (key,) = table.primary_key.columns
            old = sqlalchemy.select(key).where(table.c.timestamp < before).limit(DELETE_BATCH)
            while True:
                deleted = await self._do(lambda connection, old=old, key=key: _delete(connection, key, old), writes=True)
                rows += deleted
                if deleted < DELETE_BATCH:
                    break
                await asyncio.sleep(0)
        self._overwrite_deleted()
        return rows

    def _overwrite_deleted(self) -> None:
        if self.engine.dialect.name == "sqlite":
            # The write-ahead log still holds what was deleted.
            with self._failing_openly(), self.engine.connect() as connection:
                connection.execute(sqlalchemy.text("PRAGMA wal_checkpoint(TRUNCATE)"))

    async def is_available(self) -> bool:
        """Tells whether the database can be written, and writes nothing."""
        try:
            await self._do(_write_nothing)
        except StoreUnavailableError:
            return False
        return True


def _write_nothing(connection: Connection) -> None:
    connection.execute(Received.__table__.insert(), {"key": secrets.token_hex(16), "timestamp": time.time()})
    connection.get_transaction().rollback()


def _delete(connection: Connection, key: Column, which: Any) -> int:
    """Deletes the rows whose key is among `which`; returns how many there were."""
    return connection.execute(key.table.delete().where(key.in_(which))).rowcount


def _receive(connection: Connection, key: str) -> None:
    """Notes the id of a message.

    Raises:
        AlreadyAnsweredError: it has been noted before.
    """
    hashed = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    if not connection.execute(RECEIVE, {"key": hashed, "timestamp": time.time()}).rowcount:
        raise AlreadyAnsweredError


def _replace(connection: Connection, row: dict[str, Any], read: float | None) -> None:
    """Replaces the row that was stored at `read`; None when there was none.

    Raises:
        ConcurrentTurnError: there is another one now.
    """
    done = connection.execute(BEGIN, row) if read is None else connection.execute(REPLACE, {**row, "read": read})
    if not done.rowcount:
        raise ConcurrentTurnError


def payloads(event: Event) -> frozenset[str]:
    """Returns the payloads of the buttons that `event` offers."""
    buttons = (event.data or {}).get("buttons") if isinstance(event, BotUttered) else None
    return frozenset(button["payload"] for button in buttons or () if "payload" in button)


def _state(tracker: DialogueStateTracker) -> dict[str, Any]:
    """Returns where `tracker` stands after its turn; `_events` reads it."""
    return {
        "slots": {name: slot.value for name, slot in tracker.slots.items() if slot.value != slot.initial_value},
        "loop": tracker.active_loop_name,
        "turn": [event.as_dict() for event in _last_turn(tracker)],
    }


def _events(state: Mapping[str, Any], stored: float) -> list[Event]:
    """Returns the events that bring a fresh tracker to `state`, where it listens since it was `stored`."""
    turn = deserialise_events(state["turn"])
    for event in turn:
        event.timestamp = stored  # by which Rasa tells when a session is over
    loop = [ActiveLoop(state["loop"])] if state["loop"] else []
    slots = [SlotSet(name, value) for name, value in state["slots"].items()]
    return [*slots, *loop, *turn, ActionExecuted(ACTION_LISTEN_NAME)]


def _last_turn(tracker: DialogueStateTracker) -> list[Event]:
    """Returns the last message of the visitor and the answers to it."""
    turn: list[Event] = []
    for event in reversed(tracker.events):
        if isinstance(event, (UserUttered, BotUttered)):
            turn.append(event)
        if isinstance(event, UserUttered):
            break
    return turn[::-1]


def _stored(event: Event, sender_id: str) -> Any:
    """Returns the row of Rasa's table of events for `event`."""
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }
