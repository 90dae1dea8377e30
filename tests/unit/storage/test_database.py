"""What a failing database does to those who ask it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from components.storage import retention
from components.storage.audit_trail import AuditTrail
from components.storage.database import Database
from components.storage.errors import AlreadyAnsweredError, StoreUnavailableError
from components.storage.tables import (
    AUDIT_TRAIL,
    CALLBACKS,
    CONVERSATIONS,
    EVENTS,
    FEEDBACK,
    MONTH,
    PLATFORM_MESSAGES,
    RECEIVED,
    SIX_YEARS,
    TABLES,
)

SQLITE_TIMEOUT = 5.0  # seconds that sqlite3 waits for a locked file by default
TRAIL = AuditTrail("k" * 40, "ana")
ONE_OF_EACH = {"conversations": 1, "events": 1, "feedback": 1, "received": 1, "callbacks": 1, "platform_messages": 1}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(str(tmp_path / "conversations.db"))
    assert database.prepare()
    yield database
    database.close()


def count(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return {
            stored.table.name: connection.execute(sqlalchemy.select(sqlalchemy.func.count()).select_from(stored.table)).scalar()
            for stored in TABLES
        }


def fill(database: Database, sender_id: str, timestamp: float) -> None:
    """Stores a row in each table, except for the audit trail and the figures, which say nothing about anybody."""
    mine: dict[str, Any] = {"sender_id": sender_id, "timestamp": timestamp}
    with database.engine.begin() as connection:
        connection.execute(CONVERSATIONS.insert(), {**mine, "state": "{}", "offered": "[]"})
        connection.execute(EVENTS.insert(), {**mine, "type_name": "user", "data": "{}"})
        connection.execute(FEEDBACK.insert(), {**mine, "topic": "ask_cost", "helpful": True})
        connection.execute(RECEIVED.insert(), {"key": sender_id, "timestamp": timestamp})
        attempt = {"attempts": 0, "next_attempt": timestamp}
        connection.execute(CALLBACKS.insert(), {**mine, **attempt, "clinic": "clinic", "reference": "", "content": b"x"})
        waiting = {"key": sender_id, "platform": "slack", "content": "x", "owner": "x", "leased_until": 0.0, "attempts": 1}
        connection.execute(PLATFORM_MESSAGES.insert(), {**mine, **waiting})


def test_erasing_takes_every_row_that_says_whose_it_is(database: Database) -> None:
    fill(database, "erased", 1.0)
    fill(database, "kept", 1.0)
    assert asyncio.run(retention.erase_conversation(database, "erased", TRAIL)) == 5
    assert count(database) == {**ONE_OF_EACH, "received": 2, "audit_trail": 1, "figures": 0}


def test_an_erasure_leaves_who_asked_and_how_much_it_was_but_no_id(database: Database) -> None:
    fill(database, "erased", 1.0)
    asyncio.run(retention.erase_conversation(database, "erased", TRAIL))
    with database.engine.connect() as connection:
        (entry,) = TRAIL.entries(connection, "erased")
        assert (entry["action"], entry["actor"], entry["row_count"]) == ("erase", "ana", 5)
        assert abs(entry["timestamp"] - time.time()) < 60
        assert "erased" not in entry.values()
        assert AuditTrail("x" * 40, "ana").entries(connection, "erased") == [], "the hash has no key"
        assert TRAIL.entries(connection, "kept") == []


def test_an_erasure_that_finds_nothing_leaves_nothing(database: Database) -> None:
    assert asyncio.run(retention.erase_conversation(database, "nobody", TRAIL)) == 0
    assert count(database)["audit_trail"] == 0


def test_an_erasure_that_cannot_be_recorded_erases_nothing(database: Database) -> None:
    fill(database, "erased", 1.0)
    with database.engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE audit_trail"))
    with pytest.raises(StoreUnavailableError):
        asyncio.run(retention.erase_conversation(database, "erased", TRAIL))
    with database.engine.connect() as connection:
        assert connection.execute(sqlalchemy.select(EVENTS)).all()


def test_every_table_without_a_time_of_its_own_ends_with_the_retention_time(database: Database) -> None:
    fill(database, "old", 99.0)
    fill(database, "new", 100.0)
    assert asyncio.run(retention.delete_expired(database, 200.0, kept=100.0)) == 5
    assert count(database) == {**ONE_OF_EACH, "callbacks": 2, "audit_trail": 0, "figures": 0}


def test_each_clinic_has_its_retention_time(database: Database) -> None:
    conversation = "a" * 32
    for sender in (conversation, f"north.{conversation}", f"north-west.{conversation}", f"gone.{conversation}", "north"):
        fill(database, sender, 100.0)
    kept = {50.0: ["north"], 200.0: ["north-west"]}
    left = {151.0: 4, 201.0: 1, 300.0: 1, 301.0: 0}
    for now, conversations in left.items():
        asyncio.run(retention.delete_expired(database, now, 100.0, kept))
        assert count(database)["conversations"] == conversations, now
    assert count(database)["events"] == 0


def test_the_audit_trail_has_a_retention_time_of_its_own(database: Database) -> None:
    entry = {"action": "erase", "actor": "ana", "subject": "", "row_count": 1}
    with database.engine.begin() as connection:
        connection.execute(AUDIT_TRAIL.insert(), [{**entry, "timestamp": 99.0}, {**entry, "timestamp": 100.0}])
    assert asyncio.run(retention.delete_expired(database, 100.0 + SIX_YEARS, kept=1.0)) == 1
    assert count(database)["audit_trail"] == 1


def test_after_a_month_nothing_is_left_of_a_request_to_be_called_back(database: Database) -> None:
    fill(database, "old", 99.0)
    fill(database, "new", 100.0)
    asyncio.run(retention.delete_expired(database, 100.0 + MONTH, kept=MONTH))
    assert count(database)["callbacks"] == 1


def test_more_than_one_batch_ends(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "DELETE_BATCH", 2)
    for number in range(5):
        fill(database, f"old {number}", 1.0)
    assert asyncio.run(retention.delete_expired(database, 3.0, kept=1.0)) == 25


def test_a_transaction_that_is_refused_leaves_nothing(database: Database) -> None:
    def work(connection: Any) -> None:
        connection.execute(RECEIVED.insert(), {"key": "x", "timestamp": 1.0})
        raise AlreadyAnsweredError

    with pytest.raises(AlreadyAnsweredError):
        asyncio.run(database.run(work))
    assert count(database)["received"] == 0


def test_a_database_that_failed_is_left_alone_for_a_moment(database: Database) -> None:
    def fail(connection: Any) -> None:
        connection.execute(sqlalchemy.text("SELECT * FROM nowhere"))

    with pytest.raises(StoreUnavailableError):
        asyncio.run(database.run(fail))
    with pytest.raises(StoreUnavailableError):
        asyncio.run(database.run(lambda connection: pytest.fail("it was asked again at once")))


def test_what_failed_is_logged_without_what_was_written(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    def fail(connection: Any) -> None:
        connection.execute(sqlalchemy.text("SELECT * FROM nowhere WHERE said = :said"), {"said": "canary-2718"})

    with pytest.raises(StoreUnavailableError) as failure:
        asyncio.run(database.run(fail))
    assert str(failure.value) == ""
    assert "OperationalError" in caplog.text
    assert "canary-2718" not in caplog.text


def test_a_locked_file_is_prepared_by_the_first_transaction_after_it(tmp_path: Path) -> None:
    file = tmp_path / "conversations.db"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        database = Database(str(file))
        began = time.monotonic()
        assert not database.prepare()
        assert time.monotonic() - began < SQLITE_TIMEOUT, "sqlite3 waited as long as it does by default"
        other.execute("ROLLBACK")
    asyncio.run(database.run(lambda connection: None))
    assert set(count(database).values()) == {0}
    database.close()


def test_what_is_deleted_leaves_the_log_although_somebody_still_reads(database: Database) -> None:
    fill(database, "erased", time.time())
    file = Path(str(database.engine.url.database))
    reader = sqlite3.connect(file, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM events").fetchone()
    with database.engine.begin() as connection:
        for stored in TABLES:
            connection.execute(sqlalchemy.delete(stored.table))
    ends = threading.Timer(0.8, reader.close)  # longer than one try waits
    ends.start()
    asyncio.run(database.overwrite_deleted())
    ends.join()
    assert not database.keeps_deleted
    assert b"erased" not in contents(file)


def contents(file: Path) -> bytes:
    """Returns every byte of the database, its write-ahead log included."""
    return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


@contextlib.contextmanager
def reader(file: Path) -> Iterator[None]:
    """Reads the database for as long as this lasts, as a backup does."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT COUNT(*) FROM events").fetchone()
        yield


def test_what_cannot_leave_the_log_yet_is_said_to_be_there_and_leaves_it_later(database: Database) -> None:
    fill(database, "erased", time.time())
    file = Path(str(database.engine.url.database))

    async def erase() -> float:
        """Returns the longest time that everybody else had to wait."""
        waits, erasing = [0.0], asyncio.ensure_future(retention.erase_conversation(database, "erased", TRAIL))
        while not erasing.done():
            began = time.monotonic()
            await asyncio.sleep(0.01)
            waits.append(time.monotonic() - began)
        assert await erasing == 5
        return max(waits)

    with reader(file):
        assert asyncio.run(erase()) < 0.4, "it waits for the reader on the only thread"
        assert database.keeps_deleted
        assert b"erased" in contents(file)
    asyncio.run(retention.delete_expired(database, time.time() + 10, kept=1.0))
    assert not database.keeps_deleted
    assert b"erased" not in contents(file)


def received(database: Database) -> list[str]:
    return asyncio.run(database.run(lambda connection: connection.execute(sqlalchemy.select(RECEIVED.c.key)).scalars().all()))


def test_a_file_that_was_removed_is_noticed_and_made_anew(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    fill(database, "before", 1.0)
    file = Path(str(database.engine.url.database))
    file.unlink()
    assert received(database) == []
    assert "The database file was replaced or removed." in caplog.text
    fill(database, "after", 1.0)
    assert b"after" in contents(file)


def test_a_file_that_was_replaced_is_noticed_and_its_own_content_read(database: Database) -> None:
    file = Path(str(database.engine.url.database))
    fill(database, "first", 1.0)
    kept = received(database)
    file.rename(file.with_name("first.db"))
    assert received(database) == []
    fill(database, "second", 1.0)
    file.with_name("first.db").replace(file)
    assert received(database) == kept, "what was stored last is missing from the file that was moved away"
    with database.engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("PRAGMA integrity_check")).scalar() == "ok"


def test_the_size_counts_the_log_that_a_reader_lets_grow_but_no_empty_pages(database: Database) -> None:
    file = Path(str(database.engine.url.database))
    empty = asyncio.run(database.measure(10**9))
    with reader(file):
        for number in range(200):
            fill(database, f"{number} {'x' * 5000}", 1.0)
        grown = asyncio.run(database.measure(10**6))
        assert database.is_full
        assert grown > 2 * 200 * 5000, "the log is not counted"
    asyncio.run(retention.delete_expired(database, 10.0 + MONTH, kept=1.0))
    assert asyncio.run(database.measure(10**6)) < 2 * empty
    assert not database.is_full
