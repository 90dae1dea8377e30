"""The database behind the store: SQLite in a file, or PostgreSQL. It answers soon or not at all, for somebody waits."""

from __future__ import annotations

import contextlib
import select
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg2
import sqlalchemy
from psycopg2.extensions import POLL_OK, POLL_READ, set_wait_callback
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool

WAIT_LIMIT = 0.5  # seconds for a locked file
TRANSACTION_LIMIT = 0.75  # seconds for all of a transaction on PostgreSQL but its commit
COMMIT_LIMIT = 3.0  # seconds for a commit: who gives up on it does not know whether it happened
MAX_CONNECTIONS = 8  # of one process to PostgreSQL
SQLITE_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten, not only marked as free
)
_limit = threading.local()


def connect(database: str) -> Engine:
    """Returns an engine for a file of SQLite or a `postgresql://` URL. Nothing is opened before it is needed.

    Raises:
        ValueError: the URL is of another kind of database.
    """
    if "://" not in database:
        database = f"sqlite:///{database}"
    url = sqlalchemy.engine.make_url(database)
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
        sqlalchemy.event.listen(engine, "commit", _extend)
    else:
        raise ValueError("CONVERSATIONS_DB is neither a file nor a postgresql:// URL.")
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    for setting in SQLITE_SETTINGS:
        connection.execute(setting)


@contextlib.contextmanager
def time_limit() -> Iterator[None]:
    """Holds what this thread does with PostgreSQL meanwhile to TRANSACTION_LIMIT, and its commit to COMMIT_LIMIT."""
    _limit.until = time.monotonic() + TRANSACTION_LIMIT
    try:
        yield
    finally:
        del _limit.until


def _extend(_connection: Any) -> None:
    _limit.until = time.monotonic() + COMMIT_LIMIT


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
