"""PostgreSQL is stopped, restarted, or hangs: what needs no past is answered, and every conversation goes on where it was."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import psycopg2
import pytest

from components.privacy.masking import MASK
from components.storage.database import RETRY_AFTER_FAILURE
from tests.support import hard_kill, postgresql
from tests.support.caller import SOON
from tests.support.client import free_port, kinds
from tests.support.platforms import Telegram
from tests.support.postgresql import PostgreSQL
from tests.support.servers import Server, running

pytestmark = pytest.mark.skipif(not postgresql.PROGRAMS and not os.environ.get("CI"), reason=postgresql.NOT_FOUND)


@pytest.fixture(scope="module")
def database() -> Iterator[PostgreSQL]:
    with postgresql.postgresql(free_port()) as server:
        yield server


@pytest.fixture(scope="module")
def server(database: PostgreSQL, telegram: Telegram) -> Iterator[Server]:
    with running(database.url, RATE_LIMIT="off", **hard_kill.settings(telegram)) as server:
        yield server


@contextlib.contextmanager
def stopped(database: PostgreSQL) -> Iterator[None]:
    database.stop()
    try:
        yield
    finally:
        database.start()
        time.sleep(RETRY_AFTER_FAILURE)  # until every server that looked for it in the meantime looks again


def say(server: Server, token: str, text: str) -> list[str]:
    """Returns the kinds of the replies, of which every visitor gets one soon."""
    began = time.monotonic()
    status, replies = server.say(token, text)
    assert time.monotonic() - began < SOON
    assert status == 200
    return kinds(replies)


def test_it_stores_the_masked_text_only(server: Server, database: PostgreSQL) -> None:
    token = server.session()
    assert say(server, token, "2 Eyes Swollen Shut Dr Is Away, call 212 555 2368")[0] == "emergency"
    stored = str(database.rows("SELECT data FROM events") + database.rows("SELECT state FROM conversations"))
    assert MASK in stored
    assert "Swollen Shut" not in stored
    assert "555 2368" not in stored


@pytest.mark.parametrize("fault", [stopped, PostgreSQL.hanging])
def test_a_check_waits_for_the_database(
    server: Server, database: PostgreSQL, fault: Callable[[PostgreSQL], AbstractContextManager[None]]
) -> None:
    token = server.session()
    for text in ("am i a candidate", "yes"):
        say(server, token, text)
    assert say(server, token, "41") == ["question health_flags"]
    with fault(database):
        for text in ("none of these", "34", "go back"):
            status, replies = server.say(token, text)
            assert "can't go on" in replies[0]["text"]
        assert say(server, token, "how much does it cost") == ["answer ask_cost", "referral"]
        assert say(server, token, "my throat is closing")[0] == "emergency"
        assert say(server, server.session(), "i want to kill myself")[0] == "crisis"
        assert server.call("GET", "health")[2]["store"] is False
    time.sleep(RETRY_AFTER_FAILURE)
    assert say(server, token, "none of these") == ["question hair_loss_type"]
    assert server.call("GET", "health")[0] == 200


def test_a_restart_between_two_messages_is_not_noticed(server: Server, database: PostgreSQL) -> None:
    token = server.session()
    for text in ("am i a candidate", "yes"):
        say(server, token, text)
    with stopped(database):
        pass
    assert say(server, token, "41") == ["question health_flags"]


def test_a_slow_database_keeps_nobody_else_waiting(server: Server, database: PostgreSQL) -> None:
    database.do("""
        CREATE FUNCTION slow() RETURNS trigger AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END' LANGUAGE plpgsql;
        CREATE TRIGGER slow BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION slow();
    """)
    try:
        with ThreadPoolExecutor(60) as visitors:
            began = time.monotonic()
            answers = list(visitors.map(lambda _: say(server, server.session(), "am i a candidate"), range(60)))
            # One after the other they would take eighteen seconds.
            assert time.monotonic() - began < SOON
        assert answers == [["question check_consent"]] * 60
    finally:
        database.do("DROP FUNCTION slow CASCADE")


def test_a_commit_that_takes_long_is_waited_for(server: Server, database: PostgreSQL) -> None:
    token = server.session()
    for text in ("am i a candidate", "yes"):
        say(server, token, text)
    database.do("""
        CREATE FUNCTION late() RETURNS trigger AS 'BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END' LANGUAGE plpgsql;
        CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON conversations DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION late();
    """)
    try:
        # Who gave up on it would be told that the check can't go on, and it would have gone on.
        assert say(server, token, "41") == ["question health_flags"]
    finally:
        database.do("DROP FUNCTION late CASCADE")
    assert say(server, token, "none of these") == ["question hair_loss_type"]


def test_a_statement_that_fails_is_not_written_into_the_databases_log(server: Server, database: PostgreSQL) -> None:
    canary = "Thistlewhisk"
    database.do("""
        CREATE FUNCTION fails() RETURNS trigger AS 'BEGIN RAISE EXCEPTION ''no room''; END' LANGUAGE plpgsql;
        CREATE TRIGGER fails BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION fails();
    """)
    try:
        assert say(server, server.session(), f"does it hurt {canary}") == ["answer ask_pain", "referral"]
    finally:
        database.do("DROP FUNCTION fails CASCADE")
    time.sleep(RETRY_AFTER_FAILURE)
    assert "no room" in database.logged()
    assert canary not in database.logged()


def test_it_starts_without_the_database_and_goes_on_with_it(database: PostgreSQL) -> None:
    with stopped(database), running(database.url, until_ready="alive", RATE_LIMIT="off") as server:
        token = server.session()
        assert say(server, token, "how much does it cost") == ["answer ask_cost", "referral"]
        assert say(server, token, "my throat is closing")[0] == "emergency"
        database.start()
        time.sleep(RETRY_AFTER_FAILURE)
        assert say(server, token, "am i a candidate") == ["question check_consent"]
        assert say(server, token, "yes") == ["question age"]
        database.stop()


def test_what_is_deleted_is_gone_from_every_table(server: Server, database: PostgreSQL) -> None:
    token = server.session()
    say(server, token, "i'm 41 and have alopecia areata, am i a candidate")
    sender = token.split(".")[0]
    tables = ("events", "conversations")
    assert all(database.rows(f"SELECT count(*) FROM {table} WHERE sender_id = %s", sender)[0][0] for table in tables)
    assert server.call("DELETE", "session", {"sender": token})[0] == 200
    assert not any(database.rows(f"SELECT count(*) FROM {table} WHERE sender_id = %s", sender)[0][0] for table in tables)


def test_a_turn_does_not_wait_for_a_process_that_hangs_while_it_counts(server: Server, database: PostgreSQL) -> None:
    token = server.session()
    say(server, token, "how much does it cost")

    def counted() -> int:
        return int(database.rows("SELECT sum(number) FROM figures WHERE measure = 'message'")[0][0])

    def stored() -> int:
        sender = token.split(".")[0]
        return int(database.rows("SELECT count(*) FROM events WHERE sender_id = %s AND type_name = 'user'", sender)[0][0])

    before = counted(), stored()
    with contextlib.closing(psycopg2.connect(database.url)) as other, other.cursor() as cursor:
        cursor.execute("UPDATE figures SET number = number")
        assert say(server, token, "does it hurt?")[0] == "answer ask_pain"
        assert (counted(), stored()) == (before[0], before[1] + 1), "the turn is stored, without its count"
    say(server, token, "is it approved?")
    assert (counted(), stored()) == (before[0] + 1, before[1] + 2)


@pytest.mark.parametrize(
    ("people", "kill_after"),
    [(30, 5), *(pytest.param(300, number, marks=pytest.mark.long) for number in (0, 1, 40, 150, 290))],
)
def test_what_a_platform_was_told_is_accepted_is_answered_after_a_hard_kill(
    server: Server, telegram: Telegram, people: int, kill_after: int
) -> None:
    told = hard_kill.answers_after_a_kill(server.address, hard_kill.killed(server), telegram, people, kill_after)
    hard_kill.check_answers(told)
