"""Deletes stored data: one conversation right away, or everything past its retention time. Does not import Rasa.

The time itself is `retention_hours` in clinic.yml; `channels/startup.py` runs the job.
"""

from __future__ import annotations

import asyncio

import sqlalchemy
from sqlalchemy.engine import Connection

from components.storage.database import Database
from components.storage.tables import TABLES, StoredTable

DELETE_BATCH = 1000  # rows that we delete at once


async def erase_conversation(database: Database, sender_id: str) -> int:
    """Deletes everything stored about one conversation. Returns how many rows that was.

    Raises:
        StoreUnavailableError: the store cannot delete it now.
    """

    def delete(connection: Connection) -> int:
        owned = [stored for stored in TABLES if stored.sender is not None]
        return sum(connection.execute(stored.table.delete().where(stored.sender == sender_id)).rowcount for stored in owned)

    rows = await database.run(delete, writes=True)
    database.overwrite_deleted()
    return rows


async def delete_expired(database: Database, before: float) -> int:
    """Deletes everything stored before `before`, in seconds since 1970. Works in batches, so that turns can run in between.

    Returns:
        The number of deleted rows.

    Raises:
        StoreUnavailableError: the store cannot delete it now.
    """
    rows = 0
    for stored in TABLES:
        deleted = DELETE_BATCH
        while deleted == DELETE_BATCH:
            deleted = await _delete_batch(database, stored, before)
            rows += deleted
            await asyncio.sleep(0)
    database.overwrite_deleted()
    return rows


async def _delete_batch(database: Database, stored: StoredTable, before: float) -> int:
    (key,) = stored.table.primary_key.columns
    expired = sqlalchemy.select(key).where(stored.time < before).limit(DELETE_BATCH)
    statement = stored.table.delete().where(key.in_(expired))
    return await database.run(lambda connection: connection.execute(statement).rowcount, writes=True)
