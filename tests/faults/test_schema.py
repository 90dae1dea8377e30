"""A database of another version, on SQLite and on PostgreSQL: it is migrated, or refused with a sentence, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain

from channels.turn import transcript
from commands.doctor_checks.server import database as examined
from commands.run import MODEL
from components.storage.conversation_store import ConversationStore
from components.storage.database import RETRY_AFTER_FAILURE, Database, connect
from components.storage.errors import UnusableDatabaseError
from components.storage.migration import MIGRATIONS
from components.storage.tables import EVENTS, METADATA, TABLES
from runtime.paths import ROOT
from tests.support import old_database, postgresql
from tests.support.assistant import Assistant, Conversation
from tests.support.caller import SOON
from tests.support.client import free_port, kinds
from tests.support.postgresql import PostgreSQL

PREPARE = "import sys; from pathlib import Path; from components.storage.database import Database;"
PREPARE += "from components.storage.migration import Migrations; Database(sys.argv[1], Migrations(Path(sys.argv[2]))).prepare()"
SLOW_REVISION = """
import pathlib, time
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9000", "0006"
hold, reached = pathlib.Path({hold!r}), pathlib.Path({reached!r})


def upgrade():
    op.create_table("halfway", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("UPDATE conversations SET offered = 'halfway'")
    if hold.exists():
        reached.touch()
        time.sleep(60)
    op.add_column("conversations", sa.Column("added", sa.Integer))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    if not postgresql.PROGRAMS and not os.environ.get("CI"):
        pytest.skip(postgresql.NOT_FOUND)
    with postgresql.postgresql(free_port()) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "conversations.db")
    server: PostgreSQL = request.getfixturevalue("server")
    server.do("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return server.url


def rows(address: str, query: str) -> list[tuple[Any, ...]]:
    """Returns what a query finds, asked past the store."""
    engine = connect(address)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(sqlalchemy.text(query))]
    engine.dispose()
    return found


def change(address: str, statement: str) -> None:
    """Changes the database behind the store's back."""
    engine = connect(address)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(statement))
    engine.dispose()


def is_available(store: ConversationStore) -> bool:
    return asyncio.run(store.is_available())


def test_the_table_of_events_is_the_one_that_rasa_declares() -> None:
    def shape(column: Any) -> tuple[Any, ...]:
        return column.name, str(column.type), column.nullable, column.primary_key

    wider = {"id"}  # 64 bits in the place of 32
    theirs = SQLTrackerStore.SQLEvent.__table__
    assert [column.name for column in EVENTS.columns] == [column.name for column in theirs.columns]
    for column in theirs.columns:
        if column.name not in wider:
            assert shape(EVENTS.columns[column.name]) == shape(column)


def test_the_schema_is_the_one_in_tables_py(address: str) -> None:
    database = Database(address)
    assert database.prepare()
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA) == []
    database.close()


@pytest.mark.parametrize("sender", [old_database.OPEN_CHECK, old_database.FINISHED_CHECK, old_database.EMERGENCY])
def test_a_conversation_of_7986c52_goes_on(
    assistant: Assistant, address: str, sender: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_database.load(address)
    store = ConversationStore(assistant.agent.domain, address)
    monkeypatch.setattr(assistant.agent, "tracker_store", store)
    monkeypatch.setattr(assistant.agent.processor, "tracker_store", store)
    talk = Conversation(assistant, sender)
    before = transcript(assistant.wait(store.messages(sender)))
    if sender == old_database.OPEN_CHECK:
        assert kinds(talk.say("genetic")) == ["question hair_loss_stage"]
        assert (talk.slots()["age"], talk.slots()["hair_loss_type"]) == ("41", "pattern")
        assert talk.slots()["health_flags"] == ["blood_thinner_or_bleeding"]
        (button, *_) = [button for line in before for button in line.get("buttons", ())]
        assert button["payload"] in assistant.wait(store.retrieve(sender)).offered
    elif sender == old_database.FINISHED_CHECK:
        assert talk.slots()["candidacy_outcome"] == "worth_discussing"
        assert kinds(talk.say("how much does it cost")) == ["answer ask_cost", "referral"]
    else:
        alarms = [line["metadata"] for line in before if line.get("metadata", {}).get("kind") == "emergency"]
        # That version did not store it, and the chat goes by it.
        assert [alarm["danger"] for alarm in alarms] == ["report", "reminder"]
        assert kinds(talk.say("how much does it cost"))[0] == "emergency"
    after = transcript(assistant.wait(store.messages(sender)))
    assert len(before) >= 4
    assert after[: len(before)] == before
    assert len(after) > len(before)
    assert sorted(rows(address, "SELECT topic, helpful FROM feedback")) == [("ask_cost", 1), ("check_candidacy", 0)]
    assert rows(address, "SELECT count(*) FROM received") == [(12,)]


def test_a_check_goes_on_when_an_update_took_values_and_a_question_away(
    assistant: Assistant, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_database.load(address)
    store = ConversationStore(assistant.agent.domain, address)
    monkeypatch.setattr(assistant.agent, "tracker_store", store)
    monkeypatch.setattr(assistant.agent.processor, "tracker_store", store)
    with store.database.engine.begin() as connection:
        where = {"sender": old_database.OPEN_CHECK}
        select = sqlalchemy.text("SELECT state FROM conversations WHERE sender_id = :sender")
        state = json.loads(connection.execute(select, where).scalar())
        state["slots"] |= {"health_flags": ["gone", "allergy"], "requested_slot": "gone_question", "gone_slot": "x"}
        update = sqlalchemy.text("UPDATE conversations SET state = :state WHERE sender_id = :sender")
        connection.execute(update, {**where, "state": json.dumps(state)})
    talk = Conversation(assistant, old_database.OPEN_CHECK)
    assert kinds(talk.say("am i a candidate")) == ["notice", "question hair_loss_type"]
    assert talk.slots()["health_flags"] == ["allergy"]
    assert talk.slots()["age"] == "41"


def test_early_databases_on_postgresql_get_wider_ids(server: PostgreSQL) -> None:
    server.do("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    old_database.load(server.url)
    server.do("ALTER TABLE events ALTER id TYPE INTEGER; ALTER SEQUENCE events_id_seq AS INTEGER; DROP INDEX ix_events_timestamp")
    ConversationStore(Domain.empty(), server.url)
    for table in ("events", "feedback"):
        column = f"SELECT data_type FROM information_schema.columns WHERE table_name = '{table}' AND column_name = 'id'"
        assert server.rows(column) == [("bigint",)]
        server.do(f"SELECT setval('{table}_id_seq', {2**31})")
    assert server.rows("SELECT count(*) FROM pg_indexes WHERE indexname = 'ix_events_timestamp'") == [(1,)]
    server.do("INSERT INTO feedback (sender_id, timestamp, topic, helpful) VALUES ('x', 0, 'ask_cost', true)")
    assert server.rows("SELECT max(id) FROM feedback") == [(2**31 + 1,)]


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[tuple[Path, Path, Path]]:
    """The revisions with one more that stands still in the middle while a file exists; the file, and one that tells it does."""
    versions, hold, reached = tmp_path / "versions", tmp_path / "hold", tmp_path / "reached"
    shutil.copytree(MIGRATIONS / "versions", versions, ignore=shutil.ignore_patterns("__pycache__"))
    (versions / "9000_slow.py").write_text(SLOW_REVISION.format(hold=str(hold), reached=str(reached)))
    return versions, hold, reached


def prepare(address: str, versions: Path) -> subprocess.Popen[bytes]:
    """Starts a process that migrates the database."""
    return subprocess.Popen([sys.executable, "-c", PREPARE, address, str(versions)], cwd=ROOT)


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 30
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert file.exists()


def test_a_migration_that_is_killed_starts_again(address: str, slow: tuple[Path, Path, Path]) -> None:
    versions, hold, reached = slow
    old_database.load(address)
    offered = rows(address, "SELECT offered FROM conversations ORDER BY sender_id")
    hold.touch()
    first = prepare(address, versions)
    wait_for(reached)
    began = time.monotonic()
    database = Database(address)
    assert not database.prepare(), "another process waits for the one that migrates, but not for long"
    assert time.monotonic() - began < SOON
    database.close()
    first.kill()
    first.wait()
    hold.unlink()
    # The steps before it are done, and nothing of it.
    assert rows(address, "SELECT version_num FROM alembic_version") == [("0006",)]
    assert rows(address, "SELECT offered FROM conversations ORDER BY sender_id") == offered
    assert "halfway" not in sqlalchemy.inspect(connect(address)).get_table_names()
    assert prepare(address, versions).wait(60) == 0
    assert rows(address, "SELECT version_num FROM alembic_version") == [("9000",)]
    assert set(rows(address, "SELECT offered, added FROM conversations")) == {("halfway", None)}
    with pytest.raises(UnusableDatabaseError, match="newer version"):
        Database(address).prepare()


@pytest.mark.parametrize("is_old", [True, False])
def test_several_processes_start_at_once(address: str, is_old: bool) -> None:
    if is_old:
        old_database.load(address)
    started = [prepare(address, MIGRATIONS / "versions") for _ in range(3)]
    assert [process.wait(60) for process in started] == [0] * 3
    assert rows(address, "SELECT version_num FROM alembic_version") == [("0006",)]
    assert rows(address, "SELECT count(*) FROM conversations") == [(4 if is_old else 0,)]
    assert Database(address).prepare()


def test_a_database_that_comes_later_is_migrated_then(server: PostgreSQL) -> None:
    server.do("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    old_database.load(server.url)
    server.stop()
    try:
        store = ConversationStore(Domain.empty(), server.url)
        assert not is_available(store)
    finally:
        server.start()
    time.sleep(RETRY_AFTER_FAILURE)
    assert is_available(store)
    assert server.rows("SELECT version_num FROM alembic_version") == [("0006",)]
    assert server.rows("SELECT count(*) FROM conversations") == [(4,)]


def test_a_newer_database_that_comes_later_is_not_used(server: PostgreSQL, caplog: pytest.LogCaptureFixture) -> None:
    server.do("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    ConversationStore(Domain.empty(), server.url)
    server.do("UPDATE alembic_version SET version_num = '9999'")
    server.stop()
    try:
        store = ConversationStore(Domain.empty(), server.url)
    finally:
        server.start()
    assert not is_available(store)
    assert "was made by a newer version of the assistant" in caplog.text
    assert server.url not in caplog.text, "the password stands in the log"
    assert server.rows("SELECT count(*) FROM received") == [(0,)]


@pytest.mark.parametrize(
    ("table", "column"), [("conversations", "offered"), ("events", "data"), ("received", "timestamp"), ("feedback", "helpful")]
)
def test_health_notices_what_a_turn_would(address: str, table: str, column: str) -> None:
    store = ConversationStore(Domain.empty(), address)
    assert is_available(store)
    change(address, f"ALTER TABLE {table} RENAME COLUMN {column} TO elsewhere")
    assert not is_available(store)
    change(address, f"ALTER TABLE {table} RENAME COLUMN elsewhere TO {column}")
    time.sleep(RETRY_AFTER_FAILURE)
    assert is_available(store)
    for stored in TABLES:
        assert rows(address, f"SELECT count(*) FROM {stored.table.name}") == [(0,)], "health leaves something"


def test_one_person_is_exported_and_erased_and_both_are_recorded(address: str) -> None:
    old_database.load(address)
    settings = {"CONVERSATIONS_DB": address, "SESSION_SECRET": "k" * 40, "SENDER": old_database.QUESTION, "PORT": free_port()}

    def run(command: str) -> str:
        arguments = [sys.executable, "-W", "ignore", "-m", f"commands.{command}"]
        done = subprocess.run(arguments, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    tables = json.loads(run("export"))["tables"]
    assert sum(map(len, tables.values())) == 16
    assert isinstance(tables["feedback"][0]["helpful"], (bool, int))
    assert run("forget") == "Erased: 15 rows.\n"
    recorded = rows(address, "SELECT action, row_count FROM audit_trail ORDER BY id")
    assert recorded == [("export", 15), ("erase", 15)]
    assert rows(address, f"SELECT count(*) FROM events WHERE sender_id = '{old_database.QUESTION}'") == [(0,)]


def newer(folder: Path) -> tuple[Path, dict[str, str]]:
    """Returns a database of a newer version, and the environment of an assistant that is to use it."""
    file = folder / "conversations.db"
    Database(str(file)).prepare()
    change(str(file), "UPDATE alembic_version SET version_num = '9999'")
    ports = {name: free_port() for name in ("PORT", "ACTION_PORT", "METRICS_PORT")}
    own = {"CONVERSATIONS_DB": str(file), "SESSION_SECRET": "k" * 40, "ASSISTANT_STATE": str(file.parent)}
    return file, {**os.environ, **ports, **own}


def test_make_run_says_in_one_sentence_why_it_does_not_start(tmp_path: Path) -> None:
    file, environment = newer(tmp_path)
    command = [sys.executable, "-W", "ignore", "-m", "commands.run"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    (sentence,) = (done.stdout + done.stderr).splitlines()
    assert sentence.startswith(f"The database {file} was made by a newer version")
    assert sentence.endswith("install that version again, or set CONVERSATIONS_DB to a new database.")


def test_rasa_itself_refuses_without_a_traceback(tmp_path: Path) -> None:
    file, environment = newer(tmp_path)
    command = [sys.executable, "-W", "ignore", "-m", "rasa", "run", "--model", MODEL, "--port", environment["PORT"]]
    command += ["-i", "127.0.0.1", "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"The database {file} was made by a newer version")


def test_the_doctor_tells_the_schema_and_leaves_the_database_as_it_is(address: str) -> None:
    first = [finding.text for finding in examined(address=address)]
    assert any("first start creates it" in text or "next start brings its schema up to date" in text for text in first), first
    assert first == [finding.text for finding in examined(address=address)]
    database = Database(address)
    database.prepare()
    database.close()
    assert [finding.text for finding in examined(address=address)] == ["The database answers, and its schema is the latest."]
