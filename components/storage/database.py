"""The database behind the store: a SQLite file, or PostgreSQL. It answers quickly or fails, because a visitor is waiting."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import select
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
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
from runtime.environment import expand
from runtime.paths import ROOT

Result = TypeVar("Result")

logger = logging.getLogger(__name__)
WAIT_LIMIT = 0.5  # seconds to wait for a locked file
MAX_OVERWRITES = 4  # tries to empty the write-ahead log, each as long after the last, while somebody still reads in it
TRANSACTION_LIMIT = 0.75  # seconds for a transaction on PostgreSQL, without its commit
COMMIT_LIMIT = 3.0  # seconds for a commit; if we give up on one, we do not know whether it happened
MIGRATION_LIMIT = 15 * 60.0  # seconds for one schema migration on PostgreSQL
RETRY_AFTER_FAILURE = 2.0  # seconds to leave a database alone after it failed
MAX_CONNECTIONS = 8  # from one process to PostgreSQL
SQLITE_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA secure_delete=ON",  # overwrite what we delete instead of just marking it as free
)
STORED_BYTES = {
    "sqlite": "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
    "postgresql": "SELECT pg_database_size(current_database())",
}
_limit = threading.local()


class Database:
    """Runs transactions, and leaves the database alone for a moment after a failure.

    Attributes:
        keeps_deleted: whether SQLite's write-ahead log still has what was deleted, since somebody is reading in it.
        is_full: whether it has its maximum size, so that we answer conversations without storing them.
    """

    def __init__(self, address: str, migrations: Migrations | None = None) -> None:
        """Does not open a connection yet.

        Args:
            address: a SQLite file or a `postgresql://` URL.
            migrations: the migrations to the latest schema; tests may pass their own.

        Raises:
            UnusableDatabaseError: the URL is for another kind of database.
        """
        self.engine = connect(address)
        self._migrations = migrations or Migrations()
        self._has_latest_schema = False
        # We wait for PostgreSQL in other threads, so that a slow one does not hold up other visitors.
        self._threads = None if self.engine.dialect.name == "sqlite" else ThreadPoolExecutor(MAX_CONNECTIONS)
        self._failures, self._closed_until = 0, 0.0
        self._path = Path(str(self.engine.url.database))  # only of SQLite
        self._file: tuple[int, int] | None = None  # the one that we have open
        self.keeps_deleted, self.is_full = False, False

    def prepare(self) -> bool:
        """Creates or migrates the tables. If we cannot reach the database yet, the first transaction does it.

        Returns:
            Whether we could reach the database.

        Raises:
            UnusableDatabaseError: the database is newer than this version of the assistant, or damaged.
        """
        try:
            self._migrate()
        except SQLAlchemyError:
            return False
        return True

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()

    async def run(self, work: Callable[[Connection], Result], writes: bool = False) -> Result:
        """Runs `work` in one transaction and returns its result. If it `writes`, a cancellation waits for the transaction to end.

        Raises:
            StoreUnavailableError: the database failed. Any other `StoreError` comes from `work` and rolls the transaction back.
        """
        if not self._threads:
            return self._run(work)
        done = asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, self._run, work)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            if not writes:
                raise
            # Otherwise we might tell visitors that nothing was stored when it was.
            return await done

    async def overwrite_deleted(self) -> None:
        """Removes deleted rows from SQLite's write-ahead log, which still contains them. PostgreSQL does this when it vacuums.

        While somebody reads in the log, such as a backup, that is not possible. Then `keeps_deleted` says so.

        Raises:
            StoreUnavailableError: the database failed.
        """
        if not self._is_sqlite():
            return
        for _ in range(MAX_OVERWRITES):
            with self._circuit_breaker():
                self.keeps_deleted = not self._empty_log()
            if not self.keeps_deleted:
                return
            await asyncio.sleep(WAIT_LIMIT)

    async def measure(self, max_size: int) -> int:
        """Finds out how many bytes we store and, by `max_size`, whether that is too much. Returns them.

        Raises:
            StoreUnavailableError: the database failed.
        """
        query = sqlalchemy.text(STORED_BYTES[self.engine.dialect.name])
        size: int = await self.run(lambda connection: connection.execute(query).scalar())
        if self._is_sqlite():
            # It grows for as long as somebody reads in it.
            size += sum(log.stat().st_size for log in self._path.parent.glob(f"{self._path.name}-wal"))
        self.is_full = size >= max_size
        return size

    def _is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def _empty_log(self) -> bool:
        """Moves SQLite's write-ahead log into the file and empties it. Returns False if somebody is reading in it."""
        with self.engine.connect() as connection:
            # Without waiting, because that would keep everybody waiting.
            connection.execute(sqlalchemy.text("PRAGMA busy_timeout=0"))
            try:
                return not connection.execute(sqlalchemy.text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar()
            finally:
                connection.execute(sqlalchemy.text(f"PRAGMA busy_timeout={int(WAIT_LIMIT * 1000)}"))

    def _run(self, work: Callable[[Connection], Result]) -> Result:
        with self._circuit_breaker():
            self._notice_other_file()
            self._migrate()
            return self._transaction(work, TRANSACTION_LIMIT)

    def _transaction(self, work: Callable[[Connection], Result], seconds: float) -> Result:
        with time_limit(seconds), self.engine.begin() as connection:
            return work(connection)

    def _notice_other_file(self) -> None:
        """Closes a SQLite file that was replaced or removed. Nobody else can read or erase what we would write to it.

        Raises:
            StoreUnavailableError: somebody reads the old file's log. Opened with that log, the new file would be damaged.
        """
        if not self._file or self._file == _identity(self._path):
            return
        logger.error("The database file was replaced or removed. We go on with the one that is there now, or with a new one.")
        if not self._empty_log():
            raise StoreUnavailableError
        self.close()
        self._has_latest_schema, self._file = False, None

    def _migrate(self) -> None:
        """Migrates the tables to the latest schema, each step in its own transaction."""
        if self._has_latest_schema:
            return
        try:
            is_current = self._transaction(self._migrations.is_current, TRANSACTION_LIMIT)
            while not is_current:
                is_current = self._transaction(self._migrations.upgrade_one_revision, MIGRATION_LIMIT)
        except sqlalchemy.exc.DatabaseError as error:
            if type(error.orig) is sqlite3.DatabaseError:  # exactly this class: the file exists but is not a valid database
                raise damaged(self.engine.url, str(error.orig)) from None
            raise
        self._has_latest_schema = True
        if self._is_sqlite():
            self._file = _identity(self._path)

    @contextlib.contextmanager
    def _circuit_breaker(self) -> Iterator[None]:
        """Turns every failure into a `StoreUnavailableError`. After repeated failures, refuses immediately for a while."""
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
            # A single failure may be down to one statement. But waiting for SQLite blocks everybody, so we never try it twice.
            if self._failures > 1 or not self._threads:
                self._closed_until = time.monotonic() + RETRY_AFTER_FAILURE
            logger.error("The database failed: %s", type(error).__name__)
            raise StoreUnavailableError from None
        except Exception as error:
            logger.error("Cannot read a stored conversation: %s", type(error).__name__)
            raise StoreUnavailableError from None


def configured_address(environment: Mapping[str, str] = os.environ) -> str:
    """Returns the database file or URL in endpoints.yml, with environment variables filled in."""
    endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text(encoding="utf-8"))
    return expand(endpoints["tracker_store"]["db"], environment)


def connect(address: str) -> Engine:
    """Returns an engine for a SQLite file or a `postgresql://` URL. It does not connect until it has to.

    Raises:
        UnusableDatabaseError: the URL is for another kind of database.
    """
    if "://" not in address:
        address = f"sqlite:///{address}"
    url = sqlalchemy.engine.make_url(address)
    # hide_parameters keeps what visitors wrote out of error messages, and so out of logs.
    if url.get_backend_name() == "sqlite":
        # We keep one connection, since one thread serves everybody.
        kept = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False, "timeout": WAIT_LIMIT}}
        engine = sqlalchemy.create_engine(url, hide_parameters=True, **kept)
        sqlalchemy.event.listen(engine, "connect", _set_up_sqlite)
    elif url.get_backend_name() == "postgresql":
        set_wait_callback(_wait)
        # Check that a connection still works before using it: the database may have been restarted.
        pool = {"pool_size": MAX_CONNECTIONS, "max_overflow": 0, "pool_pre_ping": True}
        engine = sqlalchemy.create_engine(url, hide_parameters=True, **pool)
        sqlalchemy.event.listen(engine, "commit", _allow_time_to_commit)
    else:
        raise UnusableDatabaseError("CONVERSATIONS_DB must be a file or a postgresql:// URL.")
    return engine


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    for pragma in SQLITE_SETTINGS:
        connection.execute(pragma)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Limits this thread's work on PostgreSQL to `seconds`. A commit may take COMMIT_LIMIT if that is longer."""
    _limit.until = time.monotonic() + seconds
    try:
        yield
    finally:
        del _limit.until


def _allow_time_to_commit(_connection: Any) -> None:
    if hasattr(_limit, "until"):
        _limit.until = max(_limit.until, time.monotonic() + COMMIT_LIMIT)


def _wait(connection: Any) -> None:
    """Waits for PostgreSQL. psycopg2's own wait never ends if the server hangs.

    Raises:
        psycopg2.OperationalError: we have run out of time. psycopg2 then closes the connection.
    """
    until = getattr(_limit, "until", time.monotonic() + TRANSACTION_LIMIT)
    while True:
        state = connection.poll()
        if state == POLL_OK:
            return
        waiting = select.poll()  # `select.select` fails for file descriptors above 1,023
        waiting.register(connection.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT)
        if not waiting.poll(1000 * max(0.0, until - time.monotonic())):
            raise psycopg2.OperationalError("PostgreSQL takes too long")
