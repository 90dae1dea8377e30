"""The clinic's figures: what a turn adds to the counts of its day. Counts only, never a text or an id. Does not import Rasa.

A turn's counts are part of its own transaction. So a message that is sent again, or a turn that is rolled back, is not counted
twice. If counting fails, the turn is stored all the same.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from components.intents import ASKING_PREFIXES, DANGERS
from components.storage.tables import FIGURES
from runtime.clinic import Clinic
from runtime.shapes import Metadata

logger = logging.getLogger(__name__)
# The measures, and what their `value` is.
CONVERSATION = "conversation"  # one that began; no value
MESSAGE = "message"  # a visitor's message: the hour, 00 to 23
TOPIC = "topic"  # an answer: the topic, with its detail
NOT_UNDERSTOOD = "not_understood"  # the intent: whether we did not understand it, or it is out of scope
QUESTION = "question"  # a question of the check that opened: its slot, or RESULT
ANSWERED = "answered"  # a question of the check that gave way to the next one or to the result: its slot
OUTCOME = "outcome"  # a result of the check: its outcome
DANGER = "danger"  # danger that was reported: its kind
HELPFUL, NOT_HELPFUL = "helpful", "not_helpful"  # feedback on an answer: its topic, with its detail
CONTACT = "contact"  # a contact button that was pressed: one of CONTACTS
RESULT = "result"
CONTACTS = ("phone", "booking", "callback")

LOCK_LIMIT = 50  # milliseconds to wait on PostgreSQL for a process that is counting the same thing
COLUMNS = tuple(column.name for column in FIGURES.columns)


class Figure(NamedTuple):
    """One thing to count."""

    measure: str
    value: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Place:
    """Where something happened: the columns of `figures` besides the figure itself."""

    day: int  # as in the table
    clinic: str
    channel: str
    language: str


@dataclass(frozen=True)
class StoredTurn:
    """What the store knows about a turn.

    Attributes:
        hour: the clinic's hour, 0 to 23.
        is_first: whether it is the first turn of the conversation.
        intent: the intent of the visitor's message.
        replies: the metadata of the replies.
        asked: the question of the check that was open before the turn.
        asks: the question of the check that is open now.
    """

    hour: int
    is_first: bool
    intent: str
    replies: list[Metadata]
    asked: str | None
    asks: str | None


def local_time(clinic: Clinic, timestamp: float) -> datetime:
    """Returns a time in the clinic's time zone, or in UTC if it has none."""
    zone: tzinfo = ZoneInfo(clinic.time_zone) if clinic.time_zone else timezone.utc
    return datetime.fromtimestamp(timestamp, zone)


def day_of(moment: datetime) -> int:
    """Returns the calendar day of a moment in the form of the table."""
    return int(datetime(moment.year, moment.month, moment.day, tzinfo=timezone.utc).timestamp())


def figures_of(turn: StoredTurn) -> Counter[Figure]:
    """Returns what a turn adds to the counts."""
    counts = Counter([Figure(MESSAGE, f"{turn.hour:02}")])
    if turn.is_first:
        counts[Figure(CONVERSATION)] += 1
    counts.update({figure for reply in turn.replies if (figure := _of_reply(reply, turn.intent))})
    counts.update(_of_check(turn))
    return counts


def _of_reply(reply: Metadata, intent: str) -> Figure | None:
    topic = reply.get("topic", "")
    if reply.get("danger") == "report":
        return next((Figure(DANGER, kind) for reported, kind in DANGERS.items() if topic == reported), None)
    if reply.get("outcome"):
        return Figure(OUTCOME, reply["outcome"])
    if reply.get("kind") == "fallback":
        return Figure(NOT_UNDERSTOOD, intent)
    if reply.get("kind") == "answer" and topic.startswith(ASKING_PREFIXES):
        return Figure(TOPIC, topic, reply.get("detail", ""))
    return None


def _of_check(turn: StoredTurn) -> Iterable[Figure]:
    """Yields the steps of the check that the turn takes. A question that closes without a next one was left."""
    has_result = any(reply.get("outcome") for reply in turn.replies)
    reached = turn.asks or (RESULT if turn.asked and has_result else None)
    if reached and reached != turn.asked:
        yield Figure(QUESTION, reached)
        if turn.asked:
            yield Figure(ANSWERED, turn.asked)


def add(connection: Connection, place: Place, counts: Mapping[Figure, int]) -> None:
    """Adds to the counts of a day, in one statement. A failure is logged, and leaves the caller's transaction as it was."""
    if not counts:
        return
    parameters: dict[str, object] = {**vars(place)}
    # Always in the same order, so that two processes cannot wait for each other.
    for index, (figure, number) in enumerate(sorted(counts.items())):
        parameters |= {f"{column}_{index}": part for column, part in zip(COLUMNS[4:], (*figure, number), strict=True)}
    is_postgresql = connection.dialect.name == "postgresql"
    try:
        # Only PostgreSQL gives up the whole transaction after a statement that failed.
        with connection.begin_nested() if is_postgresql else nullcontext():
            if is_postgresql:
                connection.execute(sqlalchemy.text(f"SET LOCAL lock_timeout = {LOCK_LIMIT}"))
            connection.execute(_upsert(len(counts)), parameters)
    except SQLAlchemyError as error:
        logger.error("Could not count: %s", type(error).__name__)


@cache
def _upsert(rows: int) -> sqlalchemy.sql.elements.TextClause:
    # Plain SQL, as in tables.py.
    where = ", ".join(f":{column}" for column in COLUMNS[:4])
    values = (", ".join(f":{column}_{index}" for column in COLUMNS[4:]) for index in range(rows))
    return sqlalchemy.text(
        f"INSERT INTO figures ({', '.join(COLUMNS)}) VALUES {', '.join(f'({where}, {what})' for what in values)}"
        f" ON CONFLICT ({', '.join(COLUMNS[:-1])}) DO UPDATE SET number = figures.number + excluded.number"
    )
