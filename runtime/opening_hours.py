"""Opening hours as schema.org writes them, such as "Mo-Fr 09:00-17:00", and when a clinic is open at a given time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY = "|".join(DAYS)
MIDNIGHT_AT_THE_END = "24:00"
LINE = re.compile(rf"((?:{DAY})(?:[-,](?:{DAY}))*) ((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)")
EXPECTED = 'days and times such as "Mo-Fr 09:00-17:00", "Sa,Su 10:00-14:00" or "Fr 20:00-02:00"'
DAYS_AHEAD = 8  # so that a clinic that opens once a week has an opening among them


class Hours(NamedTuple):
    """One line of opening hours. If it closes no later than it opens, that is on the next day."""

    days: tuple[int, ...]  # Monday is 0
    opens: time
    closes: time


class Opening(NamedTuple):
    """One time in which a clinic is open, in its own time zone."""

    opens: datetime
    closes: datetime


def parse_hours(line: str) -> Hours:
    """Returns one line of opening hours.

    Raises:
        ValueError: it does not look like "Mo-Fr 09:00-17:00", or a range of days runs backwards.
    """
    found = LINE.fullmatch(line.strip())
    if not found:
        raise ValueError(EXPECTED)
    days, opens, closes = found.groups()
    if opens == closes:
        raise ValueError(f"{EXPECTED}; a whole day is 00:00-24:00")
    return Hours(_days(days), time.fromisoformat(opens), time() if closes == MIDNIGHT_AT_THE_END else time.fromisoformat(closes))


def _days(text: str) -> tuple[int, ...]:
    days: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if "-" in last or last and DAYS.index(last) <= DAYS.index(first):
            raise ValueError(f"{EXPECTED}; a range of days runs from Mo to Su")
        days += range(DAYS.index(first), DAYS.index(last or first) + 1)
    return tuple(sorted(set(days)))


def opening_at(hours: Sequence[Hours], zone: ZoneInfo, moment: datetime) -> Opening | None:
    """Returns the opening that `moment` falls into, otherwise the next one; None if the clinic never opens.

    `moment` needs a time zone; any will do.
    """
    today = moment.astimezone(zone).date()
    openings = _joined(_openings(hours, zone, (today + timedelta(days) for days in range(-1, DAYS_AHEAD + 1))))
    return next((opening for opening in openings if _utc(opening.closes) > _utc(moment)), None)


def is_within(opening: Opening, moment: datetime) -> bool:
    return _utc(opening.opens) <= _utc(moment) < _utc(opening.closes)


def _openings(hours: Sequence[Hours], zone: ZoneInfo, days: Iterable[date]) -> list[Opening]:
    found = []
    for day in days:
        for line in hours:
            if day.weekday() in line.days:
                last_day = day if line.closes > line.opens else day + timedelta(days=1)
                found.append(Opening(_at(day, line.opens, zone), _at(last_day, line.closes, zone)))
    return sorted(found, key=lambda opening: _utc(opening.opens))


def _joined(openings: Iterable[Opening]) -> list[Opening]:
    """Returns `openings`, those that touch or overlap as one."""
    joined: list[Opening] = []
    for opening in openings:
        if joined and _utc(opening.opens) <= _utc(joined[-1].closes):
            joined[-1] = Opening(joined[-1].opens, max(joined[-1].closes, opening.closes, key=_utc))
        else:
            joined.append(opening)
    return joined


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone)


def _utc(moment: datetime) -> datetime:
    """Returns the same moment in UTC. Python compares times of one zone by the clock, and clocks change."""
    return moment.astimezone(timezone.utc)
