"""Database faults for a running server, used by tests and by `make soak`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

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
def reading(server: Server) -> Iterator[None]:
    """Keeps a transaction open that reads, like a backup."""
    database = sqlite3.connect(server.database, isolation_level=None)
    database.execute("BEGIN")
    database.execute("SELECT count(*) FROM events").fetchone()
    try:
        yield
    finally:
        database.close()


def replace_file(server: Server) -> None:
    """Replaces the database file by a copy. Nothing is lost, since the file is locked until then."""
    copy = server.database.with_name("copy.db")
    with locked(server):
        with closing(sqlite3.connect(server.database)) as current, closing(sqlite3.connect(copy)) as other:
            current.backup(other)
        copy.replace(server.database)


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
