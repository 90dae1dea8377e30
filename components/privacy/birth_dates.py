"""Finds dates that may be birth dates: "12/05/1992", "born may 1990", "b. 3.4.88".

The check works out an age from them, and masking hides them. The words are in data/masking.yml.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from runtime.data_files import read_yaml
from runtime.paths import DATA

WORDS = read_yaml(DATA / "masking.yml")["birth_dates"]
MAX_AGE = 120
MIN_YEARS_AGO = 10  # a date before that is hardly ever about a treatment
MAX_DAY = 31  # of a month
MAX_WORDS_BEFORE = 60  # characters; all before them for each date would take too long
DAY, YEAR = r"\d{1,2}(?:st|nd|rd|th)?", r"(?:(?:19|20)\d\d|'?\d\d(?!\d|%|\s*(?:mg|ml)))"
FULL_YEAR = r"(?:19|20)\d\d"
MONTH = rf"(?:{'|'.join(WORDS['months'])})\.?"
NAMED_MONTH = re.compile(MONTH, re.I)
MONTHS = {month[:3]: number for number, month in enumerate(WORDS["months"], start=1)}
DATES = [
    rf"\d{{1,2}}([./-])\d{{1,2}}\1{YEAR}",
    rf"\d{{1,2}} \d{{1,2}} {FULL_YEAR}",
    rf"{FULL_YEAR}([./-])\d{{1,2}}\2\d{{1,2}}",
    rf"{DAY}[\s-]*(?:of )?{MONTH}[\s,-]*(?:of )?{YEAR}",
    rf"{MONTH}[\s-]*(?:the )?{DAY},? {YEAR}",
]
FULL_DATE = re.compile(rf"(?<![\w./-])(?:{'|'.join(DATES)})(?![\w/-]|\.\d)", re.I)
MONTH_AND_YEAR = re.compile(rf"(?<![\w./-])(?:{MONTH},? (?:of )?{YEAR}|\d{{1,2}}/{FULL_YEAR})(?![\w/-])", re.I)
YEAR_ALONE = re.compile(rf"(?<![\w./$£€-])(?:{FULL_YEAR}|'\d\d)(?![\w/%-]|[.,]\d)")
BORN = re.compile(rf"\b(?:{'|'.join(WORDS['born_before'])})[\s:=.,]*(?:(?:{'|'.join(WORDS['fillers'])})\s+)*$", re.I)
OF_EVENT = re.compile(rf"\b(?:{'|'.join(WORDS['not_born_before'])})\W*$", re.I)
BORN_AFTER = re.compile(rf"\s*(?:{'|'.join(WORDS['born_after'])})\b", re.I)


@dataclass(frozen=True)
class BirthDate:
    """A date in a text that may be a birth date.

    Attributes:
        latest: the latest day that it may mean, since the day or the month may be missing or come first.
        start: index of its first character.
        end: index after its last character.
        is_full: whether it has a day, a month and a year.
        is_named: whether the words say that somebody was born then.
        is_of_event: whether they say that something else happened then: "since 12/05/2015".
    """

    latest: date
    start: int
    end: int
    is_full: bool
    is_named: bool
    is_of_event: bool

    def age(self, today: date) -> int:
        """Returns the lowest age in years that somebody born then may have."""
        had_birthday = (today.month, today.day) >= (self.latest.month, self.latest.day)
        return today.year - self.latest.year - (not had_birthday)


def birth_dates(text: str, today: date) -> list[BirthDate]:
    """Returns the dates in `text` that are as long ago as a life can be, in order."""
    found: list[BirthDate] = []
    rest = text
    for pattern in (FULL_DATE, MONTH_AND_YEAR, YEAR_ALONE):
        for match in list(pattern.finditer(rest)):
            latest = _latest(match[0], today)
            if latest:
                before = text[max(0, match.start() - MAX_WORDS_BEFORE) : match.start()]
                named = bool(BORN.search(before) or BORN_AFTER.match(text, match.end()))
                if pattern is MONTH_AND_YEAR and not named and re.search(r"\s\d\d$", match[0]):
                    continue  # "may 18" is a day
                of_event = bool(OF_EVENT.search(before)) and not named
                found.append(BirthDate(latest, match.start(), match.end(), pattern is FULL_DATE, named, of_event))
                rest = rest[: match.start()] + "_" * len(match[0]) + rest[match.end() :]
    return sorted(found, key=lambda each: each.start)


def private_birth_dates(text: str) -> Iterator[tuple[int, int]]:
    """Yields the places of those that tell who somebody is: a whole date, or a month and a year that are said to be of birth."""
    today = date.today()
    for each in birth_dates(text, today):
        words = text[each.start : each.end]
        has_month = each.is_full or MONTH_AND_YEAR.fullmatch(words)
        is_alone = not re.search(r"\w", text[: each.start] + text[each.end :])
        is_old = each.is_full and each.age(today) >= MIN_YEARS_AGO and not each.is_of_event
        if has_month and (each.is_named or is_old or is_alone):
            yield each.start, each.end


def _latest(words: str, today: date) -> date | None:
    days = (_read(words, is_day_first, today) for is_day_first in (True, False))
    return max((day for day in days if day and day <= today and today.year - day.year <= MAX_AGE), default=None)


def _read(words: str, is_day_first: bool, today: date) -> date | None:
    """Returns the day that `words` say, or the last one if they leave it open. A year of two digits is not in the future."""
    numbers = [int(number) for number in re.findall(r"\d+", words)]
    if re.match(FULL_YEAR, words):
        numbers.append(numbers.pop(0))
    *numbers, year = numbers
    named = NAMED_MONTH.search(words)
    if named and not numbers and 0 < year <= MAX_DAY:
        numbers, year = [year], today.year - 1  # "june 09" may be a day, and the later date is the more careful reading
    if named:
        numbers.append(MONTHS[named[0][:3].lower()])
    elif not is_day_first:
        numbers.reverse()
    month = numbers.pop() if numbers else None
    day = numbers.pop() if numbers else None
    century = today.year // 100 * 100
    years = [year] if year >= 100 else [year + century, year + century - 100]
    days = (_day(each, month, day, today) for each in years)
    return next((each for each in days if each and each <= today), None)


def _day(year: int, month: int | None, day: int | None, today: date) -> date | None:
    """Returns a day, or the last one of the month or the year that has come, if there is such a day."""
    try:
        if day:
            return date(year, month or 12, day)
        last = date(year, month or 12, monthrange(year, month or 12)[1])
    except ValueError:
        return None
    return min(last, today) if (year, month or today.month) == (today.year, today.month) else last
