"""The database behind the store: SQLite in a file, or PostgreSQL. It answers soon or not at all, for somebody waits."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import select
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

import psycopg2
import sqlalchemy
import yaml
from psycopg2.extensions import POLL_OK, POLL_READ, set_wait_callback
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from components.storage.errors import StoreError, StoreUnavailableError, UnusableDatabaseError
from components.storage.migration import Migrations, damaged
from runtime.environment import expand, setting
from runtime.paths import ROOT

Result = TypeVar("Result")

logger = logging.getLogger(__name__)
WAIT_LIMIT = 0.5  # seconds for a locked file
TRANSACTION_LIMIT = 0.75  # seconds for all of a transaction on PostgreSQL but its commit
COMMIT_LIMIT = 3.0  # seconds for a commit: if we give up on it, we do not know whether it happened
MIGRATION_LIMIT = 15 * 60.0  # seconds for one step to a newer schema on PostgreSQL
RETRY_AFTER_FAILURE = 2.0  # seconds for which a database that failed is not asked again
MAX_CONNECTIONS = 8  # of one process to PostgreSQL
SQLITE_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten, not only marked as free
)
_limit = threading.local()


class Database:
    """A database that is asked one transaction at a time, and left alone for a moment after it failed."""

    def __init__(self, address: str, migrations: Migrations | None = None) -> None:
        """Opens nothing yet.

        Args:
            address: a file for SQLite, or a `postgresql://` URL.
            migrations: the steps to the latest schema; the project's own unless a test has others.

        Raises:
            UnusableDatabaseError: the URL is of another kind of database.
        """
        self.engine = connect(address)
        self._migrations = migrations or Migrations()
        self._has_latest_schema = False
        # PostgreSQL is waited for in other threads, so a slow one keeps nobody else waiting.
        self._threads = None if self.engine.dialect.name == "sqlite" else ThreadPoolExecutor(MAX_CONNECTIONS)
        self._failures, self._closed_until = 0, 0.0

    def prepare(self) -> bool:
        """Makes the tables, or migrates older ones. Of a database that cannot be reached yet, the first transaction does it.

        Returns:
            Whether it could be reached.

        Raises:
            UnusableDatabaseError: the database is newer than this version of the assistant, or damaged.
        """
        try:
            self._migrate()
        except SQLAlchemyError:
            return False
        return True

    def close(self) -> None:
        """Closes its connections."""
        self.engine.dispose()

    async def run(self, work: Callable[[Connection], Result], writes: bool = False) -> Result:
        """Returns what `work` does in one transaction. If it `writes`, a cancellation waits until the transaction has ended.

        Raises:
            StoreUnavailableError: the database fails. Any other `StoreError` comes from `work`, and undoes the transaction.
        """
        if not self._threads:
            return self._run(work)
        done = asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, self._run, work)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            if not writes:
                raise
            # Or a visitor would be told that nothing was kept, and it would be.
            return await done

    def overwrite_deleted(self) -> None:
        """Removes what was deleted from SQLite's write-ahead log, which still holds it. PostgreSQL does so when it vacuums.

        Raises:
            StoreUnavailableError: the database fails.
        """
        if self.engine.dialect.name == "sqlite":
            with self._circuit_breaker(), self.engine.connect() as connection:
                connection.execute(sqlalchemy.text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def _run(self, work: Callable[[Connection], Result]) -> Result:
        with self._circuit_breaker():
            self._migrate()
            return self._transaction(work, TRANSACTION_LIMIT)

    def _transaction(self, work: Callable[[Connection], Result], seconds: float) -> Result:
        with time_limit(seconds), self.engine.begin() as connection:
            return work(connection)

    def _migrate(self) -> None:
        """Brings the tables to the latest schema, each step in a transaction of its own."""
        if self._has_latest_schema:
            return
        try:
            is_current = self._transaction(self._migrations.is_current, TRANSACTION_LIMIT)
            while not is_current:
                is_current = self._transaction(self._migrations.upgrade_one_revision, MIGRATION_LIMIT)
        except sqlalchemy.exc.DatabaseError as error:
            if type(error.orig) is sqlite3.DatabaseError:  # not one of its subclasses: the file is there, and makes no sense
                raise damaged(self.engine.url, str(error.orig)) from None
            raise
        self._has_latest_schema = True

    @contextlib.contextmanager
    def _circuit_breaker(self) -> Iterator[None]:
        """Turns every failure into a `StoreUnavailableError`, and after some of them refuses at once for a while."""
        if time.monotonic() < self._closed_until:
            raise StoreUnavailableError
        try:
            yield
            self._failures = 0
        except StoreError:
            raise
        except UnusableDatabaseError as refusal:
            self._closed_until = time.monotonic() + RETRY_AFTER_FAILURE
            logger.error("%s", refusal)
            raise StoreUnavailableError from None
        except SQLAlchemyError as error:
            self._failures += 1
            # One failure may be of one statement. But while SQLite is waited for, everybody waits, so it is not asked twice.
            if self._failures > 1 or not self._threads:
                self._closed_until = time.monotonic() + RETRY_AFTER_FAILURE
            logger.error("The database failed: %s", type(error).__name__)
            raise StoreUnavailableError from None
        except Exception as error:
            logger.error("A stored conversation cannot be read: %s", type(error).__name__)
            raise StoreUnavailableError from None


def configured_address() -> str:
    """Returns the file or the URL that endpoints.yml names, with the environment's values in it."""
    endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text(encoding="utf-8"))
    return expand(endpoints["tracker_store"]["db"]) or setting("CONVERSATIONS_DB")


def connect(address: str) -> Engine:
    """Returns an engine for a file of SQLite or a `postgresql://` URL. Nothing is opened before it is needed.

    Raises:
        UnusableDatabaseError: the URL is of another kind of database.
    """
    if "://" not in address:
        address = f"sqlite:///{address}"
    url = sqlalchemy.engine.make_url(address)
    # An error's text must not carry what a visitor wrote into a log.
    if url.get_backend_name() == "sqlite":
        # One kept connection: one thread serves all.
        kept = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False, "timeout": WAIT_LIMIT}}
        engine = sqlalchemy.create_engine(url, hide_parameters=True, **kept)
        sqlalchemy.event.listen(engine, "connect", _set_up_sqlite)
    elif url.get_backend_name() == "postgresql":
        set_wait_callback(_wait)
        # A connection is asked whether it still lives, since the database may have been restarted.
        pool = {"pool_size": MAX_CONNECTIONS, "max_overflow": 0, "pool_pre_ping": True}
        engine = sqlalchemy.create_engine(url, hide_parameters=True, **pool)
        sqlalchemy.event.listen(engine, "commit", _allow_time_to_commit)
    else:
        raise UnusableDatabaseError("CONVERSATIONS_DB is neither a file nor a postgresql:// URL: set it to one of them.")
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    for pragma in SQLITE_SETTINGS:
        connection.execute(pragma)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Holds what this thread does with PostgreSQL meanwhile to `seconds`, and its commit to COMMIT_LIMIT if that is longer."""
    _limit.until = time.monotonic() + seconds
    try:
        yield
    finally:
        del _limit.until


def _allow_time_to_commit(_connection: Any) -> None:
    if hasattr(_limit, "until"):
        _limit.until = max(_limit.until, time.monotonic() + COMMIT_LIMIT)


def _wait(connection: Any) -> None:
    """Waits for PostgreSQL, in the place of psycopg2's own waiting, which has no end when the server hangs.

    Raises:
        psycopg2.OperationalError: the time is over. psycopg2 then closes the connection.
    """
    until = getattr(_limit, "until", time.monotonic() + TRANSACTION_LIMIT)
    while True:
        state = connection.poll()
        if state == POLL_OK:
            return
        waiting = select.poll()  # `select.select` knows no file above 1,023
        waiting.register(connection.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT)
        if not waiting.poll(1000 * max(0.0, until - time.monotonic())):
            raise psycopg2.OperationalError("PostgreSQL takes too long")
