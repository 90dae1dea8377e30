"""Schema versions on SQLite; tests/faults/test_schema.py has PostgreSQL, too, and what goes wrong in the middle."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from components.storage.database import Database
from components.storage.errors import UnusableDatabaseError
from components.storage.tables import METADATA
from tests.support import old_database

LATEST = "0006"


def version(file: Path) -> str:
    with sqlite3.connect(file) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def change(file: Path, statement: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(statement)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a database may be made. The percent sign is one that alembic's configuration would misread."""
    folder = tmp_path / "50%"
    folder.mkdir()
    return folder / "conversations.db"


def test_a_new_database_gets_the_latest_schema(file: Path) -> None:
    database = Database(str(file))
    assert database.prepare()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == [], "tables.py and the migrations differ"
    assert version(file) == LATEST
    assert Database(str(file)).prepare(), "a second start"


def test_a_database_from_before_there_were_versions_is_migrated(file: Path) -> None:
    old_database.load(str(file))
    change(file, "DROP INDEX ix_events_timestamp")  # as in the very first ones
    database = Database(str(file))
    assert database.prepare()
    assert version(file) == LATEST
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM conversations").fetchone() == (4,)


def no_column(file: Path) -> None:
    change(file, "ALTER TABLE conversations DROP COLUMN offered")


def no_table(file: Path) -> None:
    change(file, "DROP TABLE feedback")


def newer(file: Path) -> None:
    change(file, "UPDATE alembic_version SET version_num = '9999'")


def two_versions(file: Path) -> None:
    change(file, "INSERT INTO alembic_version VALUES ('9999')")


def no_database(file: Path) -> None:
    file.write_text("This is a letter to the dermatologist, and no database.")


@pytest.mark.parametrize(
    ("fault", "reason", "remedy"),
    [
        (no_column, "is damaged (the table conversations has no column offered)", "restore it from a backup"),
        (no_table, "is damaged (the table feedback is missing)", "restore it from a backup"),
        (two_versions, "is damaged (it says that it has several versions)", "restore it from a backup"),
        (no_database, "is damaged (file is not a database)", "restore it from a backup"),
        (newer, "was made by a newer version of the assistant", "install that version again"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused(file: Path, fault: Callable[[Path], None], reason: str, remedy: str) -> None:
    database = Database(str(file))
    database.prepare()
    database.close()
    fault(file)
    before = file.read_bytes()
    with pytest.raises(UnusableDatabaseError) as refusal:
        Database(str(file)).prepare()
    sentence = str(refusal.value)
    assert reason in sentence
    assert remedy in sentence
    assert str(file) in sentence
    assert "\n" not in sentence
    assert file.read_bytes() == before, "what was refused was changed"


@pytest.mark.parametrize("fault", [no_column, no_table])
def test_a_damaged_database_from_before_there_were_versions_is_refused(file: Path, fault: Callable[[Path], None]) -> None:
    old_database.load(str(file))
    fault(file)
    with pytest.raises(UnusableDatabaseError, match="is damaged"):
        Database(str(file)).prepare()


@pytest.mark.parametrize("address", ["mysql://localhost/x", "mongodb://localhost"])
def test_another_kind_of_database_is_refused(address: str) -> None:
    with pytest.raises(UnusableDatabaseError, match="CONVERSATIONS_DB"):
        Database(address)
