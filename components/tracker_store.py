"""The store of conversations and feedback: SQL, and it never ends the process."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import time
from typing import Any, Iterator, Optional, Tuple

import sqlalchemy
from rasa.core.tracker_store import SQLTrackerStore
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


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store, which fails openly: where Rasa's prints a bad value and exits, it raises `StoreDown`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Takes what Rasa's store takes; SQLite gets one kept connection and a write-ahead log."""
        super().__init__(*args, **kwargs)
        # An error's text must not carry what a visitor wrote into a log.
        self.engine.hide_parameters = True
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
        self._down_until = 0.0

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """Returns the conversation, or None when there is none yet.

        Raises:
            StoreDown: it cannot be read.
        """
        if sender_id.startswith(UNKEPT):
            return None
        with self._failing_openly():
            return await super().retrieve(sender_id)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Stores what is new in a conversation.

        Raises:
            StoreDown: it cannot be stored.
        """
        if not tracker.sender_id.startswith(UNKEPT):
            with self._failing_openly():
                await super().save(tracker)

    @contextlib.contextmanager
    def _failing_openly(self) -> Iterator[None]:
        if time.monotonic() < self._down_until:
            raise StoreDown
        try:
            yield
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
        """Returns when the newest event of a conversation was, in seconds since 1970; None when nobody can tell."""
        event = self.SQLEvent
        try:
            with self._failing_openly(), self.session_scope() as session:
                newest = session.query(event.timestamp).filter(event.sender_id == sender_id).order_by(event.id.desc()).first()
        except StoreDown:
            return None
        return newest[0] if newest else None

    def forget(self, sender_id: str) -> int:
        """Deletes all that is stored of one conversation; returns how many rows that was."""
        return self._delete(*((table, table.sender_id == sender_id) for table in (self.SQLEvent, Feedback)))

    def expire(self, before: float) -> int:
        """Deletes all that was stored before `before`, in seconds since 1970; returns how many rows that was."""
        return self._delete(*((table, table.timestamp < before) for table in (self.SQLEvent, Feedback, Received)))

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
