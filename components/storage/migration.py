"""The schema of the tables: creates it in a new database, migrates an older one, and refuses a database that we cannot use.

The versions are alembic revisions in `migrations/versions/`. A database without a version has the tables of the first revision.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.engine.url import URL

from components.storage.errors import UnusableDatabaseError
from components.storage.tables import TABLES

MIGRATIONS = Path(__file__).parent / "migrations"
FIRST_REVISION = "0001"
LOCK = 1  # the number of PostgreSQL's advisory lock; releases before schema versions used the same one
Columns = dict[str, set[str]]  # the column names of each table


def damaged(url: URL, damage: str) -> UnusableDatabaseError:
    """Returns the error for a damaged database."""
    return UnusableDatabaseError(
        f"The database {_name(url)} is damaged ({damage}): restore it from a backup, or set CONVERSATIONS_DB to a new one."
    )


class Migrations:
    """The revisions in a folder, and how to move a database from one to the next.

    Each migration runs inside the caller's transaction and locks out other processes until that ends. So the migration and its
    version number are stored together or not at all, and several processes can start at once. The lock also keeps threads apart:
    alembic can only work on one database at a time per process.
    """

    def __init__(self, versions: Path = MIGRATIONS / "versions") -> None:
        """Reads the revisions from the folder `versions`."""
        self._config = Config()
        self._config.set_main_option("script_location", _escaped(MIGRATIONS))
        self._config.set_main_option("path_separator", "newline")
        self._config.set_main_option("version_locations", _escaped(versions))
        scripts = ScriptDirectory.from_config(self._config)
        self._latest: str | None = scripts.get_current_head()
        self._known = {script.revision for script in scripts.walk_revisions()}

    def is_current(self, connection: Connection) -> bool:
        """Whether the database has the latest schema.

        Raises:
            UnusableDatabaseError: its schema is newer than this version of the assistant, or damaged.
        """
        _lock(connection)
        return self._revision(connection) == self._latest

    def upgrade_one_revision(self, connection: Connection) -> bool:
        """Migrates an older database by one revision. Returns whether it was already at the latest one.

        Raises:
            UnusableDatabaseError: see `is_current`.
        """
        _lock(connection)
        revision = self._revision(connection)
        if revision == self._latest:
            return True
        if revision is None and _has_tables(_columns(connection)):
            command.stamp(self._for(connection), FIRST_REVISION)
        else:
            command.upgrade(self._for(connection), "+1")
        return False

    def _revision(self, connection: Connection) -> str | None:
        """Returns the database's own version, after checking that it has the right tables; None if it has no version."""
        url, columns = connection.engine.url, _columns(connection)
        revisions = MigrationContext.configure(connection).get_current_heads()
        if len(revisions) > 1:
            raise damaged(url, "it says that it has several versions")
        revision = revisions[0] if revisions else None
        if revision and revision not in self._known:
            raise UnusableDatabaseError(
                f"The database {_name(url)} was made by a newer version of the assistant (its schema is {revision}, this version"
                f" knows those up to {self._latest}): install that version again, or set CONVERSATIONS_DB to a new database."
            )
        if revision or _has_tables(columns):
            self._check_columns(url, columns, revision or FIRST_REVISION)
        return revision

    def _check_columns(self, url: URL, columns: Columns, revision: str) -> None:
        for table, expected in self._columns_at(revision).items():
            if table not in columns:
                raise damaged(url, f"the table {table} is missing")
            missing = sorted(expected - columns[table])
            if missing:
                raise damaged(url, f"the table {table} has no column {missing[0]}")

    def _columns_at(self, revision: str) -> Columns:
        """Returns the tables of a database at `revision`, by migrating a database in memory."""
        with sqlalchemy.create_engine("sqlite://").begin() as connection:
            command.upgrade(self._for(connection), revision)
            columns = _columns(connection)
        return {table: columns[table] for table in columns if table != "alembic_version"}

    def _for(self, connection: Connection) -> Config:
        self._config.attributes["connection"] = connection
        return self._config


def _name(url: URL) -> str:
    """Returns the database's name for operators: its file, or its URL without the password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else repr(url)


def _escaped(path: Path) -> str:
    """Returns `path` in the form that alembic's configuration needs."""
    return str(path).replace("%", "%%")


def _lock(connection: Connection) -> None:
    """Keeps other processes from changing the schema until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
    else:
        # Python's SQLite module only starts a transaction when a row changes, which is after we change the tables.
        connection.execute(sqlalchemy.text("BEGIN IMMEDIATE"))


def _columns(connection: Connection) -> Columns:
    inspector = sqlalchemy.inspect(connection)
    return {table: {column["name"] for column in inspector.get_columns(table)} for table in inspector.get_table_names()}


def _has_tables(columns: Columns) -> bool:
    return any(stored.table.name in columns for stored in TABLES)
