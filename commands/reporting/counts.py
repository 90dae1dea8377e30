"""Reads a clinic's figures from the database. The page shows what is here, and nothing else."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

import sqlalchemy
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from commands.reporting.period import Period
from components.intents import FALLBACK
from components.storage.figures import CONVERSATION, MESSAGE, day_of, local_time
from components.storage.tables import EVENTS, FIGURES
from runtime.clinic import CLINIC_ID, Clinic
from runtime.clinics import SEPARATOR

MAX_TEXTS = 100  # messages that we did not understand; the latest
Cells = Counter[str]


@dataclass
class Counts:
    """The counts of one period.

    Attributes:
        measures: for each measure of `components/storage/figures.py`, the count of each value, over all details.
        details: the same with details: for a measure and a value, the count of each detail.
        channels: messages by channel.
        languages: messages by language.
    """

    measures: defaultdict[str, Cells] = field(default_factory=lambda: defaultdict(Counter))
    details: defaultdict[tuple[str, str], Cells] = field(default_factory=lambda: defaultdict(Counter))
    channels: Cells = field(default_factory=Counter)
    languages: Cells = field(default_factory=Counter)

    def total(self, measure: str) -> int:
        return sum(self.measures[measure].values())


def read_counts(connection: Connection, period: Period, clinic: str) -> Counts:
    """Returns the counts of a period, of one clinic, or of all if `clinic` is empty."""
    table = FIGURES.c
    columns = (table.measure, table.value, table.detail, table.channel, table.language)
    query = sqlalchemy.select(*columns, sqlalchemy.func.sum(table.number).label("number")).group_by(*columns)
    counts = Counts()
    for row in connection.execute(query.where(*_within(period.days, clinic))):
        counts.measures[row.measure][row.value] += row.number
        counts.details[row.measure, row.value][row.detail] += row.number
        if row.measure == MESSAGE:
            counts.channels[row.channel] += row.number
            counts.languages[row.language] += row.number
    return counts


def conversations_by_day(connection: Connection, days: Sequence[date], clinic: str) -> Counter[date]:
    """Returns how many conversations began on each day."""
    table = FIGURES.c
    query = sqlalchemy.select(table.day, sqlalchemy.func.sum(table.number).label("number")).group_by(table.day)
    rows = connection.execute(query.where(*_within(days, clinic), table.measure == CONVERSATION))
    return Counter({datetime.fromtimestamp(row.day, timezone.utc).date(): row.number for row in rows})


def messages_by_hour(connection: Connection, period: Period, clinic: str) -> Counter[tuple[int, int]]:
    """Returns how many messages came on each day of the week, Monday is 0, and in each of its hours."""
    table = FIGURES.c
    columns = (table.day, table.value)
    query = sqlalchemy.select(*columns, sqlalchemy.func.sum(table.number).label("number")).group_by(*columns)
    counts: Counter[tuple[int, int]] = Counter()
    for row in connection.execute(query.where(*_within(period.days, clinic), table.measure == MESSAGE)):
        counts[datetime.fromtimestamp(row.day, timezone.utc).weekday(), int(row.value)] += row.number
    return counts


def conversations_by_clinic(connection: Connection, period: Period) -> Cells:
    table = FIGURES.c
    query = sqlalchemy.select(table.clinic, sqlalchemy.func.sum(table.number).label("number")).group_by(table.clinic)
    rows = connection.execute(query.where(*_within(period.days, ""), table.measure == CONVERSATION))
    return Counter({row.clinic: row.number for row in rows})


def has_figures(connection: Connection, clinic: str, days: Sequence[date]) -> bool:
    """Whether a clinic has figures on any of these days, though it may no longer be here."""
    query = sqlalchemy.select(FIGURES.c.clinic).where(*_within(days, clinic)).limit(1)
    return connection.execute(query).first() is not None


def texts_not_understood(connection: Connection, period: Period, clinic_id: str, clinic: Clinic, now: float) -> list[str]:
    """Returns the masked messages of a period that we did not understand and still store, the latest first."""
    zone = local_time(clinic, now).tzinfo
    start, end = (datetime.combine(day, time(), zone).timestamp() for day in (period.first, period.last + timedelta(days=1)))
    kept = now - clinic.retention_hours * 60 * 60
    query = (
        sqlalchemy.select(EVENTS.c.data)
        .where(EVENTS.c.type_name == "user", EVENTS.c.intent_name == FALLBACK, _said_to(clinic_id))
        .where(EVENTS.c.timestamp >= max(start, kept), EVENTS.c.timestamp < end)
        .order_by(EVENTS.c.timestamp.desc())
        .limit(MAX_TEXTS)
    )
    return [json.loads(row.data)["text"] for row in connection.execute(query)]


def _said_to(clinic_id: str) -> ColumnElement[bool]:
    """Whether an event belongs to a clinic; to any if `clinic_id` is empty."""
    if not clinic_id:
        return sqlalchemy.true()
    if clinic_id == CLINIC_ID:
        return ~EVENTS.c.sender_id.contains(SEPARATOR, autoescape=True)
    return EVENTS.c.sender_id.startswith(f"{clinic_id}{SEPARATOR}", autoescape=True)


def _within(days: Iterable[date], clinic: str) -> list[ColumnElement[bool]]:
    # The primary key begins with the day and the clinic, so with a list of days we do not read the rows of other clinics.
    wanted = [FIGURES.c.day.in_([day_of(datetime.combine(day, time())) for day in days])]
    return [*wanted, FIGURES.c.clinic == clinic] if clinic else wanted
