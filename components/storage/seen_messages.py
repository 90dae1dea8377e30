"""Records the ids of messages, so that we answer each once."""

from __future__ import annotations

import hashlib
import time

from sqlalchemy.engine import Connection

from components.storage.errors import AlreadyAnsweredError
from components.storage.tables import INSERT_RECEIVED


def hashed(key: str) -> str:
    """Returns the hash under which we store the message id `key`: 64 hexadecimal digits."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def receive(connection: Connection, key: str) -> None:
    """Records the id of a message.

    Raises:
        AlreadyAnsweredError: the id has been recorded before.
    """
    if not connection.execute(INSERT_RECEIVED, {"key": hashed(key), "timestamp": time.time()}).rowcount:
        raise AlreadyAnsweredError
