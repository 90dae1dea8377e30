"""The store of conversations and feedback: SQL, and it never ends the process.

A conversation is kept twice. All its events stand in Rasa's own table, for the history and the retention; nobody reads them to
answer. What the next turn needs stands in one row that each turn replaces: the slots, the active loop, the last turn, and the
buttons offered so far. So a turn reads one row and writes what is new, however long the conversation is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import time
from itertools import islice
from typing import Any, Dict, FrozenSet, Iterator, List, Mapping, Optional, Tuple

import sqlalchemy
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SlotSet, UserUttered, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

logger = logging.getLogger(__name__)
UNKEPT = "unkept-"  # begins the id of a conversation that is neither read nor stored
BUSY_LIMIT = 0.5  # seconds to wait for a locked SQLite file; the whole server waits meanwhile
PAUSE = 2.0  # seconds for which a database that failed is not asked again


class StoreDown(Exception):
    """A conversation cannot be read, or cannot be kept, now. Its text says nothing, for a database's errors quote."""


class Feedback(SQLTrackerStore.Base):
    """One "was this helpful?": whose, about which topic, and the answer."""

    __tablename__ = "feedback"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
    sender_id = sqlalchemy.Column(sqlalchemy.String(255), nullable=False, index=True)
    timestamp = sqlalchemy.Column(sqlalchemy.Float, nullable=False)
    topic = sqlalchemy.Column(sqlalchemy.String(64), nullable=False)
    helpful = sqlalchemy.Column(sqlalchemy.Boolean, nullable=False)


class Received(SQLTrackerStore.Base):
    """One message that a platform delivered: the hash of its id, so that a repetition is known, also after a restart."""

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


# Plain SQL, since SQLAlchemy takes longer to compose these two than the database to answer them.
READ = sqlalchemy.text("SELECT state, offered FROM conversations WHERE sender_id = :sender_id")
REPLACE = sqlalchemy.text(
    "UPDATE conversations SET timestamp = :timestamp, state = :state, offered = :offered WHERE sender_id = :sender_id"
)


class Continued(DialogueStateTracker):
    """A conversation that goes on.

    Attributes:
        known: how many of its first events are in the store already.
        offered: the payloads of all buttons that it was ever offered. Without the rest of each message they are few.
    """

    known: int = 0
    offered: FrozenSet[str] = frozenset()


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store at a cost that does not grow; where Rasa's exits over a bad value, it raises `StoreDown`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Takes what Rasa's store takes; SQLite gets one kept connection and a write-ahead log."""
        super().__init__(*args, **kwargs)
        if self.engine.dialect.name == "sqlite":
            # Rasa opens a connection a query and waits for the disk at each commit.
            self.engine = sqlalchemy.create_engine(
                self.engine.url, poolclass=StaticPool, connect_args={"check_same_thread": False, "timeout": BUSY_LIMIT}
            )
            with self.engine.connect() as connection:
                connection.execute(sqlalchemy.text("PRAGMA journal_mode=WAL"))
                connection.execute(sqlalchemy.text("PRAGMA synchronous=NORMAL"))
                # What is deleted is overwritten, not only marked as free.
                connection.execute(sqlalchemy.text("PRAGMA secure_delete=ON"))
            self.sessionmaker = sessionmaker(bind=self.engine)
        # An error's text must not carry what a visitor wrote into a log.
        self.engine.hide_parameters = True
        self._down_until = 0.0

    @contextlib.contextmanager
    def _failing_openly(self) -> Iterator[None]:
        if time.monotonic() < self._down_until:
            raise StoreDown
        try:
            yield
        except IntegrityError:
            raise StoreDown from None  # of one conversation only: another turn was first
        except SQLAlchemyError as error:
            self._down_until = time.monotonic() + PAUSE
            logger.error("The database failed: %s", type(error).__name__)
            raise StoreDown from None
        except Exception as error:
            logger.error("A stored conversation cannot be read: %s", type(error).__name__)
            raise StoreDown from None

    @contextlib.contextmanager
    def session_scope(self) -> Iterator[Session]:
        """Gives a session, rolled back and closed after any error, which goes on to the caller."""
        session = self.sessionmaker()
        try:
            yield session
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()

    async def retrieve(self, sender_id: str) -> Optional[Continued]:
        """Returns the conversation with its slots, its active loop and its last turn; None when there is none.

        Raises:
            StoreDown: it cannot be read.
        """
        if sender_id.startswith(UNKEPT):
            return None
        with self._failing_openly():
            with self.engine.connect() as connection:
                row = connection.execute(READ, {"sender_id": sender_id}).first()
            if not row:
                return None
            tracker = Continued.from_events(sender_id, _events(json.loads(row.state)), self.domain.slots)
            tracker.known, tracker.offered = len(tracker.events), frozenset(json.loads(row.offered))
            return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Stores what is new of a conversation, in one transaction.

        Raises:
            StoreDown: it cannot be stored, or the tracker was begun anew beside a stored one, which stays as it is.
        """
        continued = isinstance(tracker, Continued)
        new = list(islice(tracker.events, tracker.known if continued else 0, None))
        if not new or tracker.sender_id.startswith(UNKEPT):
            return
        offered = (tracker.offered if continued else frozenset()).union(*map(payloads, new))
        row = {
            "sender_id": tracker.sender_id,
            "timestamp": time.time(),
            "state": json.dumps(_state(tracker)),
            "offered": json.dumps(sorted(offered)),
        }
        with self._failing_openly(), self.engine.begin() as connection:
            connection.execute(REPLACE if continued else Conversation.__table__.insert(), row)
            connection.execute(self.SQLEvent.__table__.insert(), [_stored(event, tracker.sender_id) for event in new])
        if continued:
            tracker.known, tracker.offered = len(tracker.events), offered

    def messages(self, sender_id: str) -> List[Event]:
        """Returns what the visitor and the assistant said in a conversation, from its beginning.

        Raises:
            StoreDown: it cannot be read.
        """
        table = self.SQLEvent.__table__
        said = sqlalchemy.select(table.c.data).where(
            table.c.sender_id == sender_id, table.c.type_name.in_([UserUttered.type_name, BotUttered.type_name])
        )
        with self._failing_openly(), self.engine.connect() as connection:
            return deserialise_events([json.loads(row.data) for row in connection.execute(said.order_by(table.c.id))])

    def add_feedback(self, sender_id: str, topic: str, helpful: bool) -> None:
        """Stores whether an answer helped."""
        with self.session_scope() as session:
            session.add(Feedback(sender_id=sender_id, timestamp=time.time(), topic=topic, helpful=helpful))
            session.commit()

    def first_time(self, key: str) -> bool:
        """Tells whether the message with the id `key` comes for the first time, and notes it. Without a database each does."""
        try:
            with self.session_scope() as session:
                hashed = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
                session.add(Received(key=hashed, timestamp=time.time()))
                session.commit()
        except IntegrityError:
            return False
        except SQLAlchemyError as error:
            # Better answered twice than not at all.
            logger.error("Whether a message is a repetition cannot be told: %s", type(error).__name__)
        return True

    def last_seen(self, sender_id: str) -> Optional[float]:
        """Returns when the last turn of a conversation was, in seconds since 1970; None when nobody can tell."""
        try:
            with self._failing_openly(), self.session_scope() as session:
                row = session.query(Conversation.timestamp).filter(Conversation.sender_id == sender_id).first()
        except StoreDown:
            return None
        return row[0] if row else None

    def forget(self, sender_id: str) -> int:
        """Deletes all that is stored of one conversation; returns how many rows that was."""
        return self._delete(*((table, table.sender_id == sender_id) for table in (self.SQLEvent, Conversation, Feedback)))

    def expire(self, before: float) -> int:
        """Deletes all that was stored before `before`, in seconds since 1970; returns how many rows that was."""
        return self._delete(*((table, table.timestamp < before) for table in (self.SQLEvent, Conversation, Feedback, Received)))

    def _delete(self, *which: Tuple[Any, Any]) -> int:
        with self.session_scope() as session:
            rows = sum(session.query(table).filter(condition).delete(synchronize_session=False) for table, condition in which)
            session.commit()
        if self.engine.dialect.name == "sqlite":
            # The write-ahead log still holds what was deleted.
            with self.engine.connect() as connection:
                connection.execute(sqlalchemy.text("PRAGMA wal_checkpoint(TRUNCATE)"))
        return rows

    def answers(self) -> bool:
        """Tells whether the database can be written, and writes nothing."""
        try:
            with self._failing_openly(), self.session_scope() as session:
                session.add(Received(key="health", timestamp=time.time()))
                session.flush()
                session.rollback()
            return True
        except StoreDown:
            return False


def payloads(event: Event) -> FrozenSet[str]:
    """Returns the payloads of the buttons that `event` offers."""
    buttons = (event.data or {}).get("buttons") if isinstance(event, BotUttered) else None
    return frozenset(button["payload"] for button in buttons or () if "payload" in button)


def _state(tracker: DialogueStateTracker) -> Dict[str, Any]:
    """Returns where `tracker` stands after its turn; `_events` reads it."""
    return {
        "slots": {name: slot.value for name, slot in tracker.slots.items() if slot.value != slot.initial_value},
        "loop": tracker.active_loop_name,
        "turn": [event.as_dict() for event in _last_turn(tracker)],
    }


def _events(state: Mapping[str, Any]) -> List[Event]:
    """Returns the events that bring a fresh tracker to `state`, where it listens."""
    loop = [ActiveLoop(state["loop"])] if state["loop"] else []
    slots = [SlotSet(name, value) for name, value in state["slots"].items()]
    return [*slots, *loop, *deserialise_events(state["turn"]), ActionExecuted(ACTION_LISTEN_NAME)]


def _last_turn(tracker: DialogueStateTracker) -> List[Event]:
    """Returns the last message of the visitor and the answers to it."""
    turn: List[Event] = []
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
