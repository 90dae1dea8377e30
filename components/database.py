"""The database behind the store: SQLite in a file, or PostgreSQL. It answers soon or not at all, for somebody waits."""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg2
import sqlalchemy
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE, set_wait_callback
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool

WAIT_LIMIT = 0.5  # seconds for one step: a connection, a statement, a locked file
MOST_CONNECTIONS = 8  # of one process to PostgreSQL
SQLITE_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten, not only marked as free
)


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
        pool = {"pool_size": MOST_CONNECTIONS, "max_overflow": 0, "pool_pre_ping": True}
        engine = sqlalchemy.create_engine(url, hide_parameters=True, **pool)
    else:
        raise ValueError("CONVERSATIONS_DB is neither a file nor a postgresql:// URL.")
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    for setting in SQLITE_SETTINGS:
        connection.execute(setting)


def _wait(connection: Any) -> None:
    """Waits for PostgreSQL, in the place of psycopg2's own waiting, which has no end when the server hangs.

    Raises:
        psycopg2.OperationalError: it takes longer than WAIT_LIMIT. psycopg2 then closes the connection.
    """
    until = time.monotonic() + WAIT_LIMIT
    while True:
        state = connection.poll()
        if state == POLL_OK:
            return
        file = [connection.fileno()]
        left = max(0.0, until - time.monotonic())
        ready = select.select(file if state == POLL_READ else [], file if state == POLL_WRITE else [], [], left)
        if not any(ready):
            raise psycopg2.OperationalError("PostgreSQL takes too long")
