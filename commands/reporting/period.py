"""The days that a report is about, and the ones before that it compares them with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from components.storage.tables import TWO_YEARS

WEEK = 7  # days
MAX_DAYS = round(TWO_YEARS / (24 * 60 * 60))  # as long as we keep the figures
USAGE = "Usage: make report FROM=2026-11-02 TO=2026-11-08. Without dates, it is about last week, from Monday to Sunday."


class InvalidPeriodError(Exception):
    """We cannot report what was asked for. The text is one sentence that says why, and what to do."""


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> Period:
        """The same number of days, just before."""
        length = timedelta(days=len(self.days))
        return Period(self.first - length, self.last - length)

    @property
    def weeks(self) -> list[Period]:
        """The whole weeks in it, counted back from its last day; the earliest comes first."""
        ends = (self.last - timedelta(days=WEEK * number) for number in range(len(self.days) // WEEK))
        return [Period(end - timedelta(days=WEEK - 1), end) for end in ends][::-1]

    @property
    def is_week(self) -> bool:
        return len(self.days) == WEEK

    def __str__(self) -> str:
        if self.first == self.last:
            return in_words(self.last)
        year = f"{self.first:%Y}" if self.first.year != self.last.year else ""
        month = f"{self.first:%B}" if year or self.first.month != self.last.month else ""
        return f"{' '.join(filter(None, (str(self.first.day), month, year)))} to {in_words(self.last)}"


def in_words(day: date) -> str:
    """Returns a date such as "2 November 2026"."""
    return f"{day.day} {day:%B %Y}"


def earlier(period: Period, number: int) -> Iterator[Period]:
    """Yields the `number` periods of the same length before this one, the latest first."""
    for _ in range(number):
        period = period.before
        yield period


def requested_period(first: str, last: str, today: date) -> Period:
    """Returns the period from FROM to TO.

    Without either, that is last week. Without TO, it goes until yesterday; without FROM, it is the week that ends then.

    Raises:
        InvalidPeriodError: they are no dates, or no period that has been.
    """
    yesterday = today - timedelta(days=1)
    sunday = today - timedelta(days=today.isoweekday())
    end = _day("TO", last) if last else yesterday if first else sunday
    start = _day("FROM", first) if first else end - timedelta(days=WEEK - 1)
    if end > today:
        raise InvalidPeriodError(f"TO={end} has not come yet. {USAGE}")
    if start > end:
        raise InvalidPeriodError(f"FROM={start} is later than TO={end}. {USAGE}")
    if (today - start).days > MAX_DAYS:
        raise InvalidPeriodError(f"FROM={start} is too long ago, because figures are kept for 24 months. {USAGE}")
    return Period(start, end)


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidPeriodError(f"{name}={text} is not a date. {USAGE}") from None
