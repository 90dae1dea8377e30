"""Faults of the database under a running server. Tests make them, and `make soak` does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.support.servers import Server


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """Holds the database's lock, as another writer does."""
    database = sqlite3.connect(server.database, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        database.execute("ROLLBACK")
        database.close()


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """No file of Rasa's process may grow: what a full disk does to it, its log included."""
    rasa = server.part("rasa")
    limits = rasa.rlimit(psutil.RLIMIT_FSIZE)
    rasa.rlimit(psutil.RLIMIT_FSIZE, (1024, limits[1]))
    try:
        yield
    finally:
        rasa.rlimit(psutil.RLIMIT_FSIZE, limits)
