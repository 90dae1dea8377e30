"""`make export SENDER=… FILE=…`: writes everything that we keep of one person as JSON, to a file or to standard output."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Text
from sqlalchemy.engine import Connection

from channels.callbacks.encryption import DecryptionError, FormCipher
from commands.one_person import NotANameError, existing_database, named_conversation, operators_trail
from commands.output import write_json
from commands.run import callback_secret
from components.storage.audit_trail import AuditTrail
from components.storage.database import Database
from components.storage.errors import StoreUnavailableError, UnusableDatabaseError
from components.storage.tables import AUDIT_TRAIL, CALLBACKS, TABLES
from runtime.version import VERSION

Tables = dict[str, list[dict[str, Any]]]


def stored_rows(connection: Connection, sender_id: str) -> Tables:
    """Returns all rows about a conversation, by table. JSON and what is encrypted become part of the export, to be read."""
    tables: Tables = {}
    for stored in TABLES:
        if stored.sender is not None:
            query = sqlalchemy.select(stored.table).where(stored.sender == sender_id).order_by(*stored.table.primary_key)
            documents = [column.name for column in stored.table.columns if type(column.type) is Text]
            rows = [dict(row._mapping) for row in connection.execute(query)]
            tables[stored.table.name] = [{**row, **{name: json.loads(row[name] or "null") for name in documents}} for row in rows]
    tables[CALLBACKS.name] = [{**row, "content": _readable(row["content"])} for row in tables[CALLBACKS.name]]
    return tables


def _readable(content: bytes) -> dict[str, Any] | None:
    """Returns a request to be called back; None if it is encrypted with another key, and so nobody can read it."""
    try:
        return {**FormCipher(callback_secret()).decrypt(content)}
    except DecryptionError:
        return None


async def export(database: Database, sender_id: str, trail: AuditTrail) -> Tables:
    """Returns everything stored about a conversation, and records in the audit trail that somebody asked.

    Raises:
        StoreUnavailableError: the database failed.
    """

    def read(connection: Connection) -> Tables:
        tables = stored_rows(connection, sender_id)
        trail.record(connection, "export", sender_id, sum(map(len, tables.values())))
        return {**tables, AUDIT_TRAIL.name: trail.entries(connection, sender_id)}

    return await database.run(read, writes=True)


def say(text: str) -> None:
    """Tells the operator something. Standard output is for the JSON alone."""
    print(text, file=sys.stderr)


def export_to(file: str) -> str:
    """Exports the conversation named on the command line or in the environment. Returns what to tell the operator.

    Raises:
        NotANameError, StoreUnavailableError, UnusableDatabaseError, OSError: nothing was exported.
    """
    sender_id = named_conversation("export")
    if file and Path(file).exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    tables = asyncio.run(export(existing_database(), sender_id, operators_trail()))
    rows = sum(map(len, tables.values()))
    if not rows:
        return ""
    exported_at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    write_json({"conversation": sender_id, "exported_at": exported_at, "version": VERSION, "tables": tables}, file)
    return f"Exported: {rows} rows. They may hold health data, so send them over a safe channel."


def main() -> int:
    """Exports one conversation to the file in the environment variable FILE, or to standard output."""
    file = os.environ.get("FILE", "")
    try:
        done = export_to(file)
    except NotANameError as refusal:
        say(str(refusal))
        return 2
    except StoreUnavailableError:
        say("The database does not answer. Nothing was exported. Try again.")
    except UnusableDatabaseError as refusal:
        say(f"{refusal} Nothing was exported.")
    except OSError as error:
        say(f"Cannot write {file}: {error.strerror}. Nothing was exported.")
    else:
        say(done or "Nothing is stored under this name.")
        return 0 if done else 1
    return 1


if __name__ == "__main__":
    sys.exit(main())
