"""How many messages come while the clinic is closed. In round figures, so that nobody can work out a small count from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from runtime.clinic import Clinic
from runtime.opening_hours import is_within, opening_at

Hour = tuple[int, int]  # the day of the week, Monday is 0, and the hour of that day
STEP = 5  # percent that we round to
MIN_MESSAGES = 200  # so that a step is ten messages at least
A_MONDAY = datetime(2026, 1, 5)


def about_closed_hours(clinic: Clinic, now: Counter[Hour], before: Counter[Hour]) -> Iterator[str]:
    """Yields a sentence about the messages outside the opening hours, if the clinic has given us those."""
    if clinic.opening_hours and clinic.time_zone and now.total() >= MIN_MESSAGES:
        compared = f" ({_closed(clinic, before)}% before)" if before.total() >= MIN_MESSAGES else ""
        yield f"About {_closed(clinic, now)}% of the messages came while you were closed{compared}."


def _closed(clinic: Clinic, messages: Mapping[Hour, int]) -> int:
    """Returns the percentage of messages in hours in the middle of which the clinic is closed."""
    closed = sum(number for hour, number in messages.items() if not _is_open(clinic, *hour))
    return round(100 * closed / sum(messages.values()) / STEP) * STEP


def _is_open(clinic: Clinic, day: int, hour: int) -> bool:
    zone = ZoneInfo(clinic.time_zone)
    moment = (A_MONDAY + timedelta(days=day, hours=hour, minutes=30)).replace(tzinfo=zone)
    opening = opening_at(clinic.weekly_hours, zone, moment)
    return opening is not None and is_within(opening, moment)
