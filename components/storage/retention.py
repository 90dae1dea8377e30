"""Deletes stored data: one conversation right away, or everything past its retention time. Does not import Rasa.

The time itself is `retention_hours` in clinic.yml, except for tables that have their own; `channels/startup.py` runs the job.
"""

from __future__ import annotations

import asyncio

import sqlalchemy
from sqlalchemy.engine import Connection

from components.storage.audit_trail import AuditTrail
from components.storage.database import Database
from components.storage.tables import TABLES, StoredTable

DELETE_BATCH = 1000  # rows that we delete at once


async def erase_conversation(database: Database, sender_id: str, trail: AuditTrail) -> int:
    """Deletes everything stored about one conversation, and records that in the audit trail. Returns how many rows that was.

    Raises:
        StoreUnavailableError: the store cannot delete it now.
    """

    def delete(connection: Connection) -> int:
        owned = [stored for stored in TABLES if stored.sender is not None]
        rows = sum(connection.execute(stored.table.delete().where(stored.sender == sender_id)).rowcount for stored in owned)
        trail.record(connection, "erase", sender_id, rows)
        return rows

    rows = await database.run(delete, writes=True)
    await database.overwrite_deleted()
    return rows


async def delete_expired(database: Database, now: float, kept: float) -> int:
    """Deletes everything past its retention time. Works in batches, so that turns can run in between.

    Args:
        database: where to delete it.
        now: the time in seconds since 1970.
        kept: the clinic's retention time in seconds, for every table that has none of its own.

    Returns:
        The number of deleted rows.

    Raises:
        StoreUnavailableError: the store cannot delete it now.
    """
    rows = 0
    for stored in TABLES:
        deleted = DELETE_BATCH
        while deleted == DELETE_BATCH:
            deleted = await _delete_batch(database, stored, now - (stored.kept or kept))
            rows += deleted
            await asyncio.sleep(0)
    await database.overwrite_deleted()
    return rows


async def _delete_batch(database: Database, stored: StoredTable, before: float) -> int:
    keys = tuple(stored.table.primary_key.columns)
    expired = sqlalchemy.select(keys).where(stored.time < before).limit(DELETE_BATCH)
    statement = stored.table.delete().where(sqlalchemy.tuple_(*keys).in_(expired))
    return await database.run(lambda connection: connection.execute(statement).rowcount, writes=True)
