"""Finds dates that may be birth dates: "12/05/1992", "born may 1990", "b. 3.4.88".

The check works out an age from them, and masking hides them. The words are in data/masking.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import yaml
from dateutil.parser import ParserError, parse

from runtime.paths import DATA

WORDS = yaml.safe_load((DATA / "masking.yml").read_text(encoding="utf-8"))["birth_dates"]
MAX_AGE = 120
MAX_CONTEXT = 60  # characters before a date that we look at
MIN_YEARS_AGO = 10  # a date before that is hardly ever about a treatment
DAY, YEAR = r"\d{1,2}(?:st|nd|rd|th)?", r"(?:(?:19|20)\d\d|'?\d\d(?!\d|%|\s*(?:mg|ml)))"
FULL_YEAR = r"(?:19|20)\d\d"
MONTH = rf"(?:{'|'.join(WORDS['months'])})\.?"
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
    for pattern in (FULL_DATE, MONTH_AND_YEAR, YEAR_ALONE):
        for match in pattern.finditer(text):
            each = _birth_date(match, text, today, is_full=pattern is FULL_DATE)
            if each and not any(each.start < other.end and other.start < each.end for other in found):
                found.append(each)
    return sorted(found, key=lambda each: each.start)


def _birth_date(match: re.Match[str], text: str, today: date, is_full: bool) -> BirthDate | None:
    latest = _latest(match[0], today)
    before = text[max(0, match.start() - MAX_CONTEXT) : match.start()]
    named = bool(BORN.search(before) or BORN_AFTER.match(text[match.end() :]))
    is_day = match.re is MONTH_AND_YEAR and re.search(r"\s\d\d$", match[0]) and not named  # "may 18"
    of_event = bool(OF_EVENT.search(before)) and not named
    return BirthDate(latest, *match.span(), is_full, named, of_event) if latest and not is_day else None


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
    words = words.replace("'", "")
    if words.isdigit():
        years = [int(words)] if len(words) == 4 else [int(words) + century for century in (2000, 1900)]
        return next((day for year in years if (day := min(date(year, 12, 31), today)).year == year), None)
    end_of_year = datetime(today.year - 1, 12, 31)
    try:
        day = parse(words, dayfirst=is_day_first, yearfirst=bool(re.match(r"\d{4}", words)), default=end_of_year).date()
    except (ParserError, OverflowError):
        return None
    if re.search(FULL_YEAR, words):
        return min(day, today) if (day.year, day.month) == (today.year, today.month) else day
    century = today.year // 100 * 100
    two_digits = day.replace(year=century + day.year % 100, day=min(day.day, 28) if day.month == 2 else day.day)
    return two_digits if two_digits <= today else two_digits.replace(year=two_digits.year - 100)
