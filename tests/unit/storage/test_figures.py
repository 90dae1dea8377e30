"""What a turn adds to the clinic's figures, and that counting costs nobody a turn."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
import sqlalchemy

from components.storage import figures, retention
from components.storage.database import Database
from components.storage.figures import Figure, Place, StoredTurn
from components.storage.tables import FIGURES, RECEIVED, TWO_YEARS
from runtime.clinic import Clinic
from runtime.shapes import Metadata

DAY = 24 * 60 * 60
PLACE = Place(100 * DAY, "clinic", "web", "en")
REFERRAL: Metadata = {"kind": "referral", "sources": []}
TURN = StoredTurn(hour=9, is_first=False, intent="ask_cost", replies=[REFERRAL], asked=None, asks=None)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(str(tmp_path / "conversations.db"))
    assert database.prepare()
    yield database
    database.close()


def counted(database: Database) -> dict[tuple[str, ...], int]:
    with database.engine.connect() as connection:
        return {tuple(row[1:-1]): row.number for row in connection.execute(FIGURES.select())}


def answer(topic: str, detail: str = "") -> Metadata:
    return {"kind": "answer", "topic": topic, "sources": [], **({"detail": detail} if detail else {})}


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ([answer("ask_cost", "refund")], {("topic", "ask_cost", "refund"): 1}),
        ([answer("ask_cost"), answer("ask_pain")], {("topic", "ask_cost", ""): 1, ("topic", "ask_pain", ""): 1}),
        ([answer("said_before")], {}),
        ([answer("explain_age")], {}),
        ([{"kind": "fallback", "sources": []}], {("not_understood", "nlu_fallback", ""): 1}),
        ([{"kind": "emergency", "danger": "report", "topic": "report_reaction"}], {("danger", "reaction", ""): 1}),
        ([{"kind": "emergency", "danger": "reminder", "topic": "danger_reminder"}], {}),
        ([{"kind": "assessment", "outcome": "not_now"}], {("outcome", "not_now", ""): 1}),
    ],
)
def test_what_the_replies_of_a_turn_count_as(replies: list[Metadata], expected: dict[Figure, int]) -> None:
    turn = replace(TURN, replies=[*replies, REFERRAL], intent="nlu_fallback")
    assert figures.figures_of(turn) == {("message", "09", ""): 1, **expected}


def test_the_first_turn_begins_a_conversation() -> None:
    assert figures.figures_of(replace(TURN, is_first=True))[Figure("conversation")] == 1


RESULT: list[Metadata] = [{"kind": "assessment", "outcome": "not_now"}]


@pytest.mark.parametrize(
    ("asked", "asks", "replies", "expected"),
    [
        (None, "check_consent", [], {("question", "check_consent", "")}),
        ("check_consent", "age", [], {("question", "age", ""), ("answered", "check_consent", "")}),
        ("age", "age", [], set()),
        ("age", None, [], set()),
        ("check_readback", None, RESULT, {("question", "result", ""), ("answered", "check_readback", "")}),
        (None, None, RESULT, set()),
    ],
    ids=["it starts", "it goes on", "a question in between", "it is left", "it ends", "a result is corrected"],
)
def test_a_check_is_counted_where_it_stands(
    asked: str | None, asks: str | None, replies: list[Metadata], expected: set[Figure]
) -> None:
    counts = figures.figures_of(replace(TURN, asked=asked, asks=asks, replies=replies))
    assert {figure for figure in counts if figure.measure in (figures.QUESTION, figures.ANSWERED)} == expected


def test_days_and_hours_are_the_clinics_own() -> None:
    moment = datetime(2026, 11, 30, 2, 30, tzinfo=timezone.utc).timestamp()
    local = figures.local_time(Clinic(time_zone="America/New_York"), moment)
    assert (local.hour, figures.day_of(local)) == (21, datetime(2026, 11, 29, tzinfo=timezone.utc).timestamp())
    assert figures.local_time(Clinic(), moment).hour == 2


def test_counts_add_up(database: Database) -> None:
    counts = Counter({Figure("topic", "ask_cost", "refund"): 1, Figure("message", "09"): 2})
    with database.engine.begin() as connection:
        figures.add(connection, PLACE, counts)
        figures.add(connection, PLACE, {Figure("message", "09"): 3})
        figures.add(connection, PLACE, {})
        figures.add(connection, replace(PLACE, clinic="other"), {Figure("message", "09"): 1})
    assert counted(database) == {
        ("clinic", "web", "en", "message", "09", ""): 5,
        ("clinic", "web", "en", "topic", "ask_cost", "refund"): 1,
        ("other", "web", "en", "message", "09", ""): 1,
    }


def test_a_count_that_fails_costs_nothing_else(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    with database.engine.begin() as connection:
        connection.execute(sqlalchemy.text("ALTER TABLE figures RENAME TO elsewhere"))
    with database.engine.begin() as connection:
        connection.execute(RECEIVED.insert(), {"key": "before", "timestamp": 1.0})
        figures.add(connection, PLACE, {Figure("message", "09"): 1})
        connection.execute(RECEIVED.insert(), {"key": "after", "timestamp": 1.0})
    with database.engine.connect() as connection:
        assert {row.key for row in connection.execute(RECEIVED.select())} == {"before", "after"}
    assert caplog.messages == ["Could not count: OperationalError"]


def test_figures_are_kept_for_two_years(database: Database) -> None:
    with database.engine.begin() as connection:
        for day in (100, 101):
            figures.add(connection, replace(PLACE, day=day * DAY), {Figure("message", "09"): day, Figure("contact", "phone"): 1})
    deleted = retention.delete_expired(database, 101 * DAY + TWO_YEARS, kept=1.0)
    assert asyncio.run(deleted) == 2
    assert counted(database)["clinic", "web", "en", "message", "09", ""] == 101
