"""A database from commit 7986c52, before we had schema versions, with four conversations."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

import psycopg2
import sqlalchemy

from components.storage.database import connect
from components.storage.tables import TABLES

FOLDER = Path(__file__).parent / "database_7986c52"
# The ids of its conversations.
QUESTION = "47de32fda775b17b0a8777c5e3b05f1f"  # one answer, which helped
OPEN_CHECK = "bbbd048d892eb7e20583f50cfbda5148"  # a check waiting for the kind of hair loss
FINISHED_CHECK = "3a80a57be2fb21c881b89007c358f393"  # a check with its result, which did not help
EMERGENCY = "cade5317aa2b288fa7ad9b1841663839"


def load(address: str) -> None:
    """Fills the empty database at `address`, a file or a `postgresql://` URL. Shifts all times so that the last turn is now."""
    rows = (FOLDER / "rows.sql").read_text(encoding="utf-8")
    if "://" in address:
        with contextlib.closing(psycopg2.connect(address)) as connection, connection, connection.cursor() as cursor:
            cursor.execute((FOLDER / "postgresql.sql").read_text(encoding="utf-8") + rows)
            for table in ("events", "feedback"):
                cursor.execute(f"SELECT setval('{table}_id_seq', max(id)) FROM {table}")
    else:
        with contextlib.closing(sqlite3.connect(address)) as connection:
            schema = (FOLDER / "sqlite.sql").read_text(encoding="utf-8")
            connection.executescript(f"BEGIN; {schema} {rows} COMMIT;")
    _shift_times_to_now(address)


def _shift_times_to_now(address: str) -> None:
    engine = connect(address)
    with engine.begin() as connection:
        tables = [stored for stored in TABLES if sqlalchemy.inspect(connection).has_table(stored.table.name)]
        latest = max(connection.execute(sqlalchemy.select(sqlalchemy.func.max(stored.time))).scalar() for stored in tables)
        for stored in tables:
            connection.execute(stored.table.update().values(timestamp=stored.time + (time.time() - latest)))
    engine.dispose()
