"""Deletes stored data: one conversation right away, or everything past its retention time. Does not import Rasa.

The time itself is `retention_hours` of each clinic, except for tables that have their own. `channels/background_jobs.py` runs
the job.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import sqlalchemy
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from components.storage.audit_trail import AuditTrail
from components.storage.database import Database
from components.storage.tables import TABLES, StoredTable
from runtime.clinic import CLINIC_ID
from runtime.clinics import SEPARATOR

RANDOM_PART = len(SEPARATOR) + 32  # characters of a conversation's id, after the id of its clinic
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


async def delete_expired(
    database: Database, now: float, kept: float, kept_otherwise: Mapping[float, Sequence[str]] = MappingProxyType({})
) -> int:
    """Deletes everything past its retention time. Works in batches, so that turns can run in between.

    Args:
        database: where to delete it.
        now: the time in seconds since 1970.
        kept: the usual retention time in seconds, for every table that has none of its own.
        kept_otherwise: the clinics that have another retention time, by that time.

    Returns:
        The number of deleted rows.

    Raises:
        StoreUnavailableError: the store cannot delete it now.
    """
    rows = 0
    for stored in TABLES:
        for seconds, belongs in _retention_times(stored, kept, kept_otherwise):
            deleted = DELETE_BATCH
            while deleted == DELETE_BATCH:
                deleted = await _delete_batch(database, stored, (stored.time < now - seconds) & belongs)
                rows += deleted
                await asyncio.sleep(0)
    await database.overwrite_deleted()
    return rows


def _retention_times(
    stored: StoredTable, kept: float, kept_otherwise: Mapping[float, Sequence[str]]
) -> Iterator[tuple[float, ColumnElement[bool]]]:
    """Yields each retention time of a table, and which of its rows have it."""
    if stored.kept or stored.sender is None or not kept_otherwise:
        # If rows do not say whose they are, the longest time counts.
        yield stored.kept or max([kept, *kept_otherwise]), sqlalchemy.true()
        return
    id_length = sqlalchemy.func.length(stored.sender)
    named = sqlalchemy.func.substr(stored.sender, 1, id_length - RANDOM_PART)
    clinic = sqlalchemy.case((id_length > RANDOM_PART, named), else_=CLINIC_ID)
    yield kept, clinic.not_in([name for names in kept_otherwise.values() for name in names])
    for seconds, names in kept_otherwise.items():
        yield seconds, clinic.in_(names)


async def _delete_batch(database: Database, stored: StoredTable, expired: ColumnElement[bool]) -> int:
    keys = tuple(stored.table.primary_key.columns)
    batch = sqlalchemy.select(keys).where(expired).limit(DELETE_BATCH)
    statement = stored.table.delete().where(sqlalchemy.tuple_(*keys).in_(batch))
    return await database.run(lambda connection: connection.execute(statement).rowcount, writes=True)
