"""`make export`: all that is kept of one person, and nothing of anybody else."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from channels.callbacks.intake import CallbackIntake
from components.storage.callbacks import CallbackStore
from components.storage.database import Database
from components.storage.tables import TABLES
from runtime.paths import ROOT
from tests.support import old_database

CALLBACK_SECRET = "c" * 40
FORM = {"name": "Jo Bell", "phone": "+1 212-555-0142", "email": "", "when": "morning"}
OWNED = {stored.table.name for stored in TABLES if stored.sender is not None}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "conversations.db"
    old_database.load(str(file))
    return file


def run(database: Path | str, sender: str, command: str = "export", file: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a command with its values in the environment, as the Makefile does. No server answers on its port."""
    settings = {
        "CONVERSATIONS_DB": str(database),
        "SESSION_SECRET": "k" * 40,
        "CALLBACK_SECRET": CALLBACK_SECRET,
        "SENDER": sender,
        "FILE": file,
        "PORT": "1",
    }
    arguments = [sys.executable, "-m", f"commands.{command}"]
    return subprocess.run(arguments, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, timeout=60)


def ask_for_a_call(database: Path, sender: str) -> None:
    store = CallbackStore(Database(str(database)))
    asyncio.run(CallbackIntake(CALLBACK_SECRET).take(store, sender, FORM, "key", now=1.0))


def test_it_has_every_row_of_one_person(database: Path) -> None:
    ask_for_a_call(database, old_database.FINISHED_CHECK)
    done = run(database, old_database.FINISHED_CHECK)
    assert done.returncode == 0, done.stderr
    exported = json.loads(done.stdout)
    assert exported["conversation"] == old_database.FINISHED_CHECK
    assert set(exported["tables"]) == OWNED | {"audit_trail"}
    with sqlite3.connect(database) as connection:
        for table in OWNED:
            query = f"SELECT count(*) FROM {table} WHERE sender_id = ?"
            (stored,) = connection.execute(query, (old_database.FINISHED_CHECK,)).fetchone()
            assert len(exported["tables"][table]) == stored
            assert stored or table == "platform_messages", "that one is empty once all is answered"
    assert old_database.QUESTION not in done.stdout
    assert exported["tables"]["callbacks"][0]["content"] == FORM, "what is encrypted is of no use to its owner"
    assert "candidacy_outcome" in exported["tables"]["conversations"][0]["state"]["slots"], "JSON in JSON is hard to read"
    assert {"user", "bot"} <= {event["data"]["event"] for event in exported["tables"]["events"]}


def test_a_request_to_be_called_back_of_a_conversation_that_is_not_stored_can_be_exported_and_erased(database: Path) -> None:
    sender = f"unkept-{'0' * 32}"
    ask_for_a_call(database, sender)
    assert json.loads(run(database, sender).stdout)["tables"]["callbacks"][0]["content"] == FORM
    assert run(database, f"{sender}.a.b", "forget").stdout.startswith("Erased: 1 rows.")


def test_every_export_is_recorded_and_stays_after_the_erasure(database: Path) -> None:
    for _ in range(2):
        last = run(database, old_database.QUESTION)
    (first, second) = json.loads(last.stdout)["tables"]["audit_trail"]
    assert (first["action"], first["row_count"]) == (second["action"], second["row_count"]) == ("export", 15)
    assert run(database, old_database.QUESTION, "forget").returncode == 0
    left = json.loads(run(database, old_database.QUESTION).stdout)["tables"]
    assert [entry["action"] for entry in left.pop("audit_trail")] == ["export", "export", "erase"]
    assert not any(left.values())


def test_a_file_is_for_its_owner_alone_and_never_replaced(database: Path, tmp_path: Path) -> None:
    file = tmp_path / "$(touch owned).json"
    done = run(database, old_database.QUESTION, file=str(file))
    assert (done.returncode, done.stdout) == (0, "")
    assert "Exported: 16 rows." in done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    written = file.read_bytes()
    again = run(database, old_database.EMERGENCY, file=str(file))
    assert again.returncode == 1
    assert again.stderr == f"Cannot write {file}: File exists. Nothing was exported.\n"
    assert file.read_bytes() == written


@pytest.mark.parametrize(
    ("sender", "code", "said"),
    [
        ("0" * 32, 1, "Nothing is stored under this name."),
        ("", 2, "Usage: make export SENDER="),
        ("x; touch owned", 2, "That is not the name of a conversation, so nothing was done. Usage: make export"),
    ],
)
def test_what_it_says_without_an_export(database: Path, sender: str, code: int, said: str) -> None:
    done = run(database, sender)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(said)


def test_a_missing_database_is_not_made(tmp_path: Path) -> None:
    done = run(tmp_path / "conversations.db", old_database.QUESTION)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"There is no database {tmp_path / 'conversations.db'}.")
    assert list(tmp_path.iterdir()) == []


def test_a_newer_database_is_refused(database: Path) -> None:
    run(database, old_database.QUESTION)
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    done = run(database, old_database.QUESTION)
    assert (done.returncode, done.stdout) == (1, "")
    assert "was made by a newer version of the assistant" in done.stderr
    assert done.stderr.endswith("Nothing was exported.\n")


def test_a_database_that_does_not_answer_is_named(database: Path) -> None:
    done = run("postgresql://a:b@127.0.0.1:1/x", old_database.QUESTION)
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "The database does not answer. Nothing was exported. Try again.\n",
    )
