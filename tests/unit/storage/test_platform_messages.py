"""What a platform's messages survive: a process that dies, a database that is away, a new key."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.storage.database import Database
from components.storage.errors import StoreUnavailableError
from components.storage.platform_messages import LEASE, MAX_AGE, Abandoned, PlatformMessages

SENDER, SAID, KEY = "a" * 32, {"key": "7", "text": "my throat is closing, call 212 555 2368"}, "k" * 40


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(str(tmp_path / "conversations.db"))
    assert database.prepare()
    yield database
    database.close()


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def messages(database: Database, clock: Clock, *keys: str, platform: str = "telegram") -> PlatformMessages:
    return PlatformMessages(database, platform, keys or [KEY], clock)


def accept(inbox: PlatformMessages, key: str = "7") -> bool:
    return asyncio.run(inbox.accept(key, SENDER, {**SAID, "key": key}))


def take_up(inbox: PlatformMessages) -> list[Abandoned]:
    return asyncio.run(inbox.take_up())


def test_what_a_dead_process_left_is_taken_up_once_and_in_order(database: Database, clock: Clock) -> None:
    dead, second, third = (messages(database, clock) for _ in range(3))
    for key in ("7", "8", "9"):
        assert accept(dead, key)
    assert take_up(second) == [], "taken from a process that lives"
    clock.now += LEASE + 1
    assert take_up(second) == [Abandoned(SENDER, {**SAID, "key": key}, 2) for key in ("7", "8", "9")]
    assert take_up(third) == []
    clock.now += LEASE + 1
    assert [found.attempts for found in take_up(third)] == [3, 3, 3]


def test_a_process_that_lives_keeps_its_messages_however_long_it_takes(database: Database, clock: Clock) -> None:
    slow, other = messages(database, clock), messages(database, clock)
    assert accept(slow)
    for _ in range(10):
        clock.now += LEASE / 2
        assert take_up(slow) == []
        assert take_up(other) == []


def test_what_is_answered_is_gone_and_still_known(database: Database, clock: Clock) -> None:
    inbox, next_one = messages(database, clock), messages(database, clock)
    assert accept(inbox)
    assert not accept(next_one), "the platform sent it again"
    asyncio.run(inbox.answered("7", SENDER))
    clock.now += LEASE + 1
    assert take_up(next_one) == []
    assert not accept(next_one)


def test_what_could_not_be_deleted_is_not_answered_again(database: Database, clock: Clock, tmp_path: Path) -> None:
    inbox, next_one = messages(database, clock), messages(database, clock)
    assert accept(inbox)
    lock = sqlite3.connect(tmp_path / "conversations.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    asyncio.run(inbox.answered("7", SENDER))
    with pytest.raises(StoreUnavailableError):
        accept(inbox, "8")
    lock.execute("ROLLBACK")
    lock.close()
    database._closed_until = 0.0
    assert take_up(inbox) == []
    clock.now += LEASE + 1
    assert take_up(next_one) == []


def test_two_clinics_may_have_messages_with_the_same_number(database: Database, clock: Clock) -> None:
    inbox, next_one = messages(database, clock), messages(database, clock)
    senders = [SENDER, f"north.{SENDER}", f"south.{SENDER}"]
    assert all(asyncio.run(inbox.accept("7", sender, SAID)) for sender in senders)
    assert not any(asyncio.run(next_one.accept("7", sender, SAID)) for sender in senders)
    asyncio.run(inbox.answered("7", senders[1]))
    clock.now += LEASE + 1
    assert [found.sender_id for found in take_up(next_one)] == [senders[0], senders[2]]


def test_it_is_stored_encrypted(database: Database, clock: Clock, tmp_path: Path) -> None:
    assert accept(messages(database, clock))
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert SENDER.encode() in stored
    assert b"throat" not in stored
    assert b"555" not in stored


def test_a_key_of_before_still_reads_and_a_foreign_one_does_not(database: Database, clock: Clock) -> None:
    assert accept(messages(database, clock))
    clock.now += LEASE + 1
    assert take_up(messages(database, clock, "f" * 40)) == []
    clock.now += LEASE + 1
    assert len(take_up(messages(database, clock, "n" * 40, KEY))) == 1


def test_nobody_is_answered_a_day_later_nor_by_another_platform(database: Database, clock: Clock) -> None:
    assert accept(messages(database, clock))
    clock.now += LEASE + 1
    assert take_up(messages(database, clock, platform="slack")) == []
    clock.now += MAX_AGE
    assert take_up(messages(database, clock)) == []
