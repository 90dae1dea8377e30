"""The audit trail of erasures and exports: who asked, when, and how many rows that was. No content, and no id in the clear."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any, Literal

from sqlalchemy.engine import Connection

from components.storage.tables import AUDIT_TRAIL

VISITOR = "visitor"


class AuditTrail:
    """Records what one actor does. The entry is part of the caller's transaction, so neither happens without the other."""

    def __init__(self, key: str, actor: str) -> None:
        """Takes the key for hashes (the session secret), and who asks: an operating-system user, or VISITOR."""
        self._key, self._actor = key.encode(), actor

    def record(self, connection: Connection, action: Literal["erase", "export"], sender_id: str, rows: int) -> None:
        """Records an action on one conversation. One that found nothing leaves nothing, or anybody could fill the table."""
        if rows:
            entry = {"action": action, "actor": self._actor, "subject": self._subject(sender_id), "row_count": rows}
            connection.execute(AUDIT_TRAIL.insert(), {"timestamp": time.time(), **entry})

    def entries(self, connection: Connection, sender_id: str) -> list[dict[str, Any]]:
        """Returns all entries about one conversation, the oldest first."""
        query = AUDIT_TRAIL.select().where(AUDIT_TRAIL.c.subject == self._subject(sender_id)).order_by(AUDIT_TRAIL.c.id)
        return [dict(row._mapping) for row in connection.execute(query)]

    def _subject(self, sender_id: str) -> str:
        return hmac.new(self._key, f"audit\0{sender_id}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
