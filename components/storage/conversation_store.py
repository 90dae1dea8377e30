"""Rasa's conversation store, at a constant cost per turn.

We keep each conversation twice. The table `events` holds all its events, for the history; no turn reads them. What the next turn
needs is in one row of `conversations`, which each turn replaces: the slots, the active loop, the last turn and the buttons
offered so far. So a turn reads one row and writes only what is new, no matter how long the conversation is.
"""

from __future__ import annotations

import json
import logging
import math
import secrets
import time
from itertools import dropwhile, islice, takewhile
from typing import Any

import sqlalchemy
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, UserUttered, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection

from components import rasa_patches
from components.storage import retention
from components.storage.audit_trail import VISITOR, AuditTrail
from components.storage.database import Database
from components.storage.errors import AlreadyAnsweredError, ConcurrentTurnError, StoreUnavailableError, UnusableDatabaseError
from components.storage.received import receive
from components.storage.stored_tracker import StoredTracker, event_row, payloads, state_of
from components.storage.tables import (
    EVENTS,
    FEEDBACK,
    INSERT_CONVERSATION,
    SELECT_CONVERSATION,
    SELECT_LAST_TURN_TIME,
    UPDATE_CONVERSATION,
)
from runtime.environment import expand, setting

logger = logging.getLogger(__name__)
EPHEMERAL_PREFIX = "unkept-"  # prefix of the id of a conversation that we neither read nor store; see `ephemeral_id`
IDEMPOTENT_PREFIX = "once-"  # prefix of the id of a message that we answer once, however often it is sent
MAX_HISTORY_MESSAGES = 1000  # messages; reading more would keep everybody else waiting


def ephemeral_id() -> str:
    """Returns a new id for a conversation that we neither read nor store."""
    return EPHEMERAL_PREFIX + secrets.token_hex(16)


class ConversationStore(TrackerStore):
    """Raises `StoreUnavailableError` where Rasa's own store would end the process or wait forever."""

    def __init__(self, domain: Domain | None, db: str, host: str | None = None, event_broker: EventBroker | None = None) -> None:
        """Takes the settings in endpoints.yml: `db` is a SQLite file or the URL of a PostgreSQL database.

        If the database is down, we use it as soon as it is back.

        Raises:
            SystemExit: this version of the assistant cannot use the database.
        """
        rasa_patches.install()
        super().__init__(domain, event_broker)
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
        if sender_id.startswith(EPHEMERAL_PREFIX):
            return None

        def read(connection: Connection) -> StoredTracker | None:
            row = connection.execute(SELECT_CONVERSATION, {"sender_id": sender_id}).first()
            return StoredTracker.from_row(sender_id, row, self.domain.slots) if row else None

        return await self.database.run(read)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Stores what is new in a conversation, in one transaction.

        Raises:
            StoreUnavailableError: it cannot be stored.
            ConcurrentTurnError: the stored conversation changed since the turn started. It stays as it is.
            AlreadyAnsweredError: we have already answered the message. Nothing is stored.
        """
        stored_events, stored_at, offered = 0, 0.0, frozenset[str]()
        if isinstance(tracker, StoredTracker):
            stored_events, stored_at, offered = tracker.stored_events, tracker.stored_at, tracker.offered
        new = list(islice(tracker.events, stored_events, None))
        if not new or tracker.sender_id.startswith(EPHEMERAL_PREFIX):
            return
        offered = offered.union(*map(payloads, new))
        row = {
            "sender_id": tracker.sender_id,
            # Always later than the last one, whatever the clock does.
            "timestamp": max(time.time(), math.nextafter(stored_at, math.inf)),
            "state": json.dumps(state_of(tracker)),
            "offered": json.dumps(sorted(offered)),
        }

        def write(connection: Connection) -> None:
            for event in new:
                if isinstance(event, UserUttered) and str(event.message_id).startswith(IDEMPOTENT_PREFIX):
                    receive(connection, f"{tracker.sender_id} {event.message_id}")
            _replace_conversation(connection, row, stored_at)
            connection.execute(EVENTS.insert(), [event_row(event, tracker.sender_id) for event in new])

        await self.database.run(write, writes=True)
        if isinstance(tracker, StoredTracker):
            tracker.stored_events, tracker.stored_at, tracker.offered = len(tracker.events), row["timestamp"], offered

    async def messages(self, sender_id: str) -> list[Event]:
        """Returns the messages of the visitor and the assistant: all of them, or the latest MAX_HISTORY_MESSAGES.

        Raises:
            StoreUnavailableError: it cannot be read.
        """
        query = sqlalchemy.select(EVENTS.c.data).where(
            EVENTS.c.sender_id == sender_id, EVENTS.c.type_name.in_([UserUttered.type_name, BotUttered.type_name])
        )
        latest = query.order_by(EVENTS.c.id.desc()).limit(MAX_HISTORY_MESSAGES)
        rows = await self.database.run(lambda connection: connection.execute(latest).all())
        events: list[Event] = deserialise_events([json.loads(row.data) for row in reversed(rows)])
        return events

    async def answers_to(self, sender_id: str, message_id: str) -> list[BotUttered]:
        """Returns the answers to a message; an empty list if they are no longer stored.

        Raises:
            StoreUnavailableError: it cannot be read.
        """
        events = dropwhile(lambda event: getattr(event, "message_id", None) != message_id, await self.messages(sender_id))
        return list(takewhile(lambda event: isinstance(event, BotUttered), islice(events, 1, None)))

    async def add_feedback(self, sender_id: str, topic: str, helpful: bool) -> None:
        """Stores whether an answer helped, if we store anything of the conversation.

        Raises:
            StoreUnavailableError: it cannot be stored.
        """
        if sender_id.startswith(EPHEMERAL_PREFIX):
            return
        row = {"sender_id": sender_id, "timestamp": time.time(), "topic": topic, "helpful": helpful}
        await self.database.run(lambda connection: connection.execute(FEEDBACK.insert(), row), writes=True)

    async def is_new_message(self, key: str) -> bool:
        """Records the message id `key`, and returns whether it is new. Without a database, every message counts as new."""
        try:
            await self.database.run(lambda connection: receive(connection, key))
        except AlreadyAnsweredError:
            return False
        except StoreUnavailableError:
            logger.error("Cannot tell whether a message is a duplicate.")  # better answered twice than not at all
        return True

    async def last_seen(self, sender_id: str) -> float | None:
        """Returns the time of a conversation's last turn, in seconds since 1970; None if there was none.

        Raises:
            StoreUnavailableError: it cannot be read.
        """
        key = {"sender_id": sender_id}
        return await self.database.run(lambda connection: connection.execute(SELECT_LAST_TURN_TIME, key).scalar())

    async def forget(self, sender_id: str) -> int:
        """Deletes everything stored about one conversation, for its visitor; see `retention.erase_conversation`."""
        return await retention.erase_conversation(self.database, sender_id, AuditTrail(setting("SESSION_SECRET"), VISITOR))

    async def expire(self, now: float, kept: float) -> int:
        """Deletes everything past its retention time; see `retention.delete_expired`."""
        return await retention.delete_expired(self.database, now, kept)

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
    connection.execute(EVENTS.insert(), event_row(UserUttered(), sender_id))
    connection.execute(FEEDBACK.insert(), {"sender_id": sender_id, "timestamp": now, "topic": "", "helpful": True})
    connection.execute(SELECT_CONVERSATION, {"sender_id": sender_id}).one()
    connection.get_transaction().rollback()


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
