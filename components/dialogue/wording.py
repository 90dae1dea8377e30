"""How a language puts lists, days, times and dates, and what it calls the answers of the check. Read from `data/words/`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import time
from functools import cache
from itertools import groupby
from typing import Any

from actions.questionnaire import ANSWER_FIELDS
from components.understanding.languages import ENGLISH
from runtime.data_files import read_yaml
from runtime.opening_hours import DAYS, Hours
from runtime.paths import DATA

FOLDER = DATA / "words"


class Wording:
    """The words of one language that the assistant speaks."""

    def __init__(self, language: str) -> None:
        """Reads the words.

        Raises:
            FileNotFoundError: the assistant does not speak that language.
        """
        self.words: dict[str, Any] = read_yaml(FOLDER / f"{language}.yml")
        # In English, the questionnaire itself has the titles.
        self._fields: Mapping[str, Any] = self.words.get("answers", ANSWER_FIELDS)

    @property
    def name(self) -> str:
        """What the language calls itself."""
        name: str = self.words["language"]
        return name.capitalize()

    @property
    def delete_commands(self) -> list[str]:
        """What visitors of a platform type to have their chat deleted, in lower case."""
        commands: list[str] = self.words["delete_commands"]
        return commands

    def country(self, country: str) -> dict[str, str]:
        """Returns the values of placeholders that replace those of `data/countries.yml`."""
        words: dict[str, str] = self.words.get("countries", {}).get(country, {})
        return words

    def label(self, slot: str) -> str:
        """Returns what a question of the check is called, such as "Age"."""
        label: str = self._fields[slot]["label"]
        return label

    def titles(self, slot: str) -> Mapping[str, str]:
        """Returns the title of each value of a question of the check."""
        titles: Mapping[str, str] = self._fields[slot]["values"]
        return titles

    def joined(self, items: Sequence[str]) -> str:
        """Returns "A", "A and B" or "A, B and C". Before some words, a language may have another "and"."""
        if len(items) < 2:
            return "".join(items)
        other = self.words["other_and"]
        words = other["words"] if re.match(other["before"], items[-1], re.I) else self.words["and"]
        return str(words.format(first=", ".join(items[:-1]), last=items[-1]))

    def as_of(self, month: str) -> str:
        """Returns the words for a month such as "November 2026"."""
        name, year = month.split()
        return self._say("as_of", month=self.words["months"][name], year=year)

    def day(self, day: int) -> str:
        """Returns the name of a day of the week. Monday is 0."""
        name: str = self.words["days"][DAYS[day]]
        return name

    def clock(self, moment: time) -> str:
        """Returns a time of the day as people say it: "9 am", "5:30 pm", "noon"."""
        named: str | None = self.words["times"].get(moment.strftime("%H:%M"))
        hour = str(moment.hour % 12 or 12)
        half = "morning" if moment.hour < 12 else "afternoon"
        return named or self._say(half, time=f"{hour}:{moment:%M}" if moment.minute else hour)

    def hours(self, hours: Hours) -> str:
        """Returns one line of opening hours."""
        return self._say(
            "hours", days=self.joined(self._ranges(hours.days)), opens=self.clock(hours.opens), closes=self.clock(hours.closes)
        )

    def doctor(self, name: str, title: str, board: str = "", verify_link: str = "") -> str:
        """Returns a doctor's name, and any title, certification and link that the clinic gives."""
        said = self._say("doctor_with_title" if title else "doctor", name=name, title=title)
        if board:
            said = self._say("certified", doctor=said, board_certification=board)
        return self._say("verified", doctor=said, verify_link=verify_link) if verify_link else said

    def _ranges(self, days: Sequence[int]) -> list[str]:
        """Returns the names of days, three or more in a row as a range."""
        ranges: list[str] = []
        for _, numbered in groupby(enumerate(days), key=lambda pair: pair[1] - pair[0]):
            names = [self.day(day) for _, day in numbered]
            ranges += [self._say("several_days", first=names[0], last=names[-1])] if len(names) > 2 else names
        return ranges

    def _say(self, template: str, **words: str) -> str:
        pattern: str = self.words[template]
        return pattern.format(**words)


@cache
def wording(language: str = ENGLISH) -> Wording:
    """Returns the words of a language that the assistant speaks."""
    return Wording(language)


def spoken_or_english(language: str | None) -> str:
    """Returns `language` if the assistant speaks it, otherwise English."""
    return language if language in spoken_languages() else ENGLISH


@cache
def spoken_languages() -> tuple[str, ...]:
    """Returns the codes of the languages that the assistant speaks."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yml")))
