"""Database faults for a running server, used by tests and by `make soak`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.support.servers import Server


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """Holds the database's lock like another writer would."""
    database = sqlite3.connect(server.database, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        database.execute("ROLLBACK")
        database.close()


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """Stops Rasa's files from growing, including its log, like a full disk would."""
    rasa = server.part("commands.rasa")
    limits = rasa.rlimit(psutil.RLIMIT_FSIZE)
    rasa.rlimit(psutil.RLIMIT_FSIZE, (1024, limits[1]))
    try:
        yield
    finally:
        rasa.rlimit(psutil.RLIMIT_FSIZE, limits)
