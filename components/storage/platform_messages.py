"""The messages that we have accepted from a platform and not answered yet, so that none is lost when the process is killed.

A message is stored, encrypted, before the platform gets its 200, and deleted once it is answered. The process that answers it
holds a lease on it and renews it. If the process dies, the lease ends, and the next one that looks picks the message up.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy.engine import Connection

from components.storage.database import Database
from components.storage.errors import AlreadyAnsweredError, StoreUnavailableError
from components.storage.seen_messages import hashed, receive
from components.storage.tables import PLATFORM_MESSAGES
from runtime.clinics import clinic_of, id_at_clinic

logger = logging.getLogger(__name__)
LEASE = 20.0  # seconds; longer than several rounds of `take_up`, so that a slow process keeps its messages
MAX_AGE = 24 * 60 * 60.0  # seconds; no platform lets us answer later than that
MAX_TAKEN_UP = 100  # messages at once
_rows = PLATFORM_MESSAGES.c


@dataclass(frozen=True)
class Abandoned:
    """A message that another process accepted and did not answer.

    Attributes:
        sender_id: its conversation.
        content: what was given to `accept`.
        attempts: how many processes have had it, this one included.
    """

    sender_id: str
    content: dict[str, Any]
    attempts: int


class PlatformMessages:
    """The accepted messages of one platform, at all clinics, and this process's leases on them."""

    def __init__(self, database: Database, platform: str, keys: Sequence[str], clock: Callable[[], float] = time.time) -> None:
        """Sets up the messages.

        Args:
            database: where to store them.
            platform: the name of the platform.
            keys: the secrets to encrypt with. The first one is used; the others only read what was stored before.
            clock: tells the time in seconds since 1970.
        """
        self._database, self._platform, self._clock = database, platform, clock
        self._cipher = MultiFernet([Fernet(_cipher_key(key)) for key in keys])
        self._owner = secrets.token_hex(16)
        self._answered: set[str] = set()  # hashes of keys that we could not delete yet

    async def accept(self, key: str, sender_id: str, content: dict[str, Any]) -> bool:
        """Stores a message, if it is new. Returns whether it is.

        Raises:
            StoreUnavailableError: the database failed, so we do not know whether it is new, and it is not stored.
        """
        row = {
            "key": hashed(self._id(key, sender_id)),
            "platform": self._platform,
            "sender_id": sender_id,
            "timestamp": self._clock(),
            "content": self._cipher.encrypt(json.dumps(content).encode()).decode(),
            "owner": self._owner,
            "leased_until": self._clock() + LEASE,
            "attempts": 1,
        }

        def write(connection: Connection) -> None:
            receive(connection, self._id(key, sender_id))
            connection.execute(PLATFORM_MESSAGES.insert(), row)

        try:
            await self._database.run(write, writes=True)
        except AlreadyAnsweredError:
            return False
        return True

    async def answered(self, key: str, sender_id: str) -> None:
        """Deletes a message. If the database is down, `take_up` does so later."""
        self._answered.add(hashed(self._id(key, sender_id)))
        try:
            await self._delete_answered()
        except StoreUnavailableError:
            logger.error("Could not delete an answered message yet.")

    async def take_up(self) -> list[Abandoned]:
        """Renews our leases and returns the messages whose lease has ended, oldest first; they are ours from now on.

        Call it every few seconds.

        Raises:
            StoreUnavailableError: the database failed.
        """
        await self._delete_answered()
        rows = await self._database.run(self._claim, writes=True)
        return [found for row in rows if (found := self._read(row))]

    def _claim(self, connection: Connection) -> list[Any]:
        now = self._clock()
        ours = {"owner": self._owner, "leased_until": now + LEASE}
        connection.execute(PLATFORM_MESSAGES.delete().where(_rows.timestamp < now - MAX_AGE))
        connection.execute(PLATFORM_MESSAGES.update().where(_rows.owner == self._owner).values(ours))
        ended = sqlalchemy.select(PLATFORM_MESSAGES).where(_rows.platform == self._platform, _rows.leased_until < now)
        found = connection.execute(ended.order_by(_rows.id).limit(MAX_TAKEN_UP)).all()
        return [row for row in found if self._claim_row(connection, row, ours)]

    def _claim_row(self, connection: Connection, row: Any, ours: dict[str, Any]) -> bool:
        """Whether no other process was faster."""
        unchanged = PLATFORM_MESSAGES.update().where(_rows.id == row.id, _rows.leased_until == row.leased_until)
        return bool(connection.execute(unchanged.values(**ours, attempts=row.attempts + 1)).rowcount)

    def _read(self, row: Any) -> Abandoned | None:
        try:
            content = json.loads(self._cipher.decrypt(row.content.encode()))
        except InvalidToken:
            logger.error("Cannot read a platform's message: it was encrypted with another SESSION_SECRET.")
            self._answered.add(row.key)
            return None
        return Abandoned(row.sender_id, content, row.attempts + 1)

    async def _delete_answered(self) -> None:
        answered = frozenset(self._answered)
        if answered:
            statement = PLATFORM_MESSAGES.delete().where(_rows.key.in_(answered))
            await self._database.run(lambda connection: connection.execute(statement), writes=True)
            self._answered -= answered

    def _id(self, key: str, sender_id: str) -> str:
        # A platform numbers the messages of each account by itself, so two clinics may have the same key.
        return f"{id_at_clinic(clinic_of(sender_id), self._platform)} {key}"


def _cipher_key(secret: str) -> bytes:
    """Returns a key for Fernet that only serves to encrypt messages."""
    return base64.urlsafe_b64encode(hmac.new(secret.encode(), b"platform messages", hashlib.sha256).digest())
