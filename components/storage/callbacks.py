"""Stores callback requests until the clinic has them. Does not import Rasa.

A row belongs to the process that moved its next attempt into the future. If that process dies, another one finds the row due
again. No turn reads this table.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy
from sqlalchemy.engine import Connection

from components.storage.database import Database
from components.storage.seen_messages import hashed
from components.storage.tables import CALLBACKS, INSERT_RECEIVED, RECEIVED

MAX_DUE = 20  # rows that we read at once


@dataclass(frozen=True)
class StoredCallback:
    """A request to be called back. Times are in seconds since 1970.

    Attributes:
        content: the encrypted form; None once it could not be delivered in time.
        attempts: how often we have tried to deliver it.
        next_attempt: when it is due, which changes with each attempt and so tells one attempt from another.
    """

    id: int
    clinic: str
    timestamp: float
    reference: str
    content: bytes | None
    attempts: int
    next_attempt: float


class CallbackStore:
    """The table `callbacks`. Every method raises StoreUnavailableError if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, clinic: str, sender_id: str, reference: str, content: bytes, now: float) -> bool:
        """Stores a request, due at once, and returns whether its reference is new."""
        key = _received_key(clinic, reference)
        row = {"clinic": clinic, "sender_id": sender_id, "timestamp": now, "reference": reference, "content": content}

        def write(connection: Connection) -> bool:
            is_new = bool(connection.execute(INSERT_RECEIVED, {"key": key, "timestamp": now}).rowcount)
            if is_new:
                connection.execute(CALLBACKS.insert(), {**row, "attempts": 0, "next_attempt": now})
            return is_new

        return await self._database.run(write, writes=True)

    async def has(self, clinic: str, reference: str) -> bool:
        """Whether a request with this reference was stored before, though it may be delivered by now."""
        query = sqlalchemy.select(RECEIVED.c.key).where(RECEIVED.c.key == _received_key(clinic, reference))
        return await self._database.run(lambda connection: connection.execute(query).first() is not None)

    async def due(self, now: float) -> list[StoredCallback]:
        """Returns the rows whose next attempt is due, the longest due first."""
        columns = [CALLBACKS.c[name] for name in StoredCallback.__dataclass_fields__]
        query = (
            sqlalchemy.select(*columns).where(CALLBACKS.c.next_attempt <= now).order_by(CALLBACKS.c.next_attempt).limit(MAX_DUE)
        )
        rows = await self._database.run(lambda connection: connection.execute(query).all())
        return [StoredCallback(**row._mapping) for row in rows]

    async def claim(self, row: StoredCallback, until: float) -> bool:
        """Moves the next attempt to `until`. Returns whether the row is ours: not if another process was first, or it is gone."""
        return await self._update(row, attempts=row.attempts + 1, next_attempt=until)

    async def expire(self, row: StoredCallback, now: float) -> bool:
        """Deletes what a request says and whose it is, so that only its reference stays. Returns what `claim` does."""
        expired = await self._update(row, sender_id="", content=None, attempts=0, next_attempt=now)
        await self._database.overwrite_deleted()
        return expired

    async def delete(self, row: StoredCallback) -> None:
        statement = CALLBACKS.delete().where(CALLBACKS.c.id == row.id)
        await self._database.run(lambda connection: connection.execute(statement), writes=True)
        await self._database.overwrite_deleted()

    async def _update(self, row: StoredCallback, **values: object) -> bool:
        is_unchanged = (CALLBACKS.c.id == row.id) & (CALLBACKS.c.next_attempt == row.next_attempt)
        statement = CALLBACKS.update().where(is_unchanged).values(**values)
        return bool(await self._database.run(lambda connection: connection.execute(statement).rowcount, writes=True))


def _received_key(clinic: str, reference: str) -> str:
    return hashed(f"callback {clinic} {reference}")
