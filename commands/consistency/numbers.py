"""Compares numbers that appear in several places. `number_table` lists them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Protocol

from commands.consistency.project import Project, UnreadableError

TABLE = "commands/consistency/number_table.py"
WORDS = {
    "half": 0.5, "a quarter": 0.25, "three quarters": 0.75, "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "twenty": 20, "thirty": 30, "thousand": 1000,
}  # fmt: skip
# Pattern for a number in digits or in words.
N = rf"(\d[\d,_]*(?:\.\d+)?|{'|'.join(sorted(WORDS, key=len, reverse=True))})"


class Source(Protocol):
    """The source of a number."""

    def read(self, project: Project) -> list[float]:
        """Returns the number, once for each time it appears."""


@dataclass(frozen=True)
class Constant:
    """A constant at the top of a Python module, or the part of it under `key`."""

    path: str
    name: str
    key: str | int | None = None

    def __str__(self) -> str:
        return f"{self.name} in {self.path}"

    def read(self, project: Project) -> list[float]:
        value = project.constant(self.path, self.name)
        return [float(value if self.key is None else value[self.key])]


@dataclass(frozen=True)
class Place:
    """A number in a text.

    Attributes:
        path: the file.
        pattern: a regular expression with one group, for the number. Each run of blanks and line ends in the file counts as
            one blank. If it matches several times, all matches must agree.
        unit: the unit of the text, in the unit of the code: 60 if the text says minutes and the code has seconds.
    """

    path: str
    pattern: str
    unit: float = 1

    def __str__(self) -> str:
        return self.path

    def read(self, project: Project) -> list[float]:
        return [_value(found) * self.unit for found in _found(self.pattern, project.text(self.path))]


@dataclass(frozen=True)
class Count:
    """The number of entries in a part of a YAML file."""

    path: str
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.path

    def read(self, project: Project) -> list[float]:
        part = project.data(self.path)
        for key in self.keys:
            part = part[key]
        return [float(len(part))]


@dataclass(frozen=True)
class Rate:
    """How often something happens per second, given the interval in seconds."""

    interval: Constant

    def __str__(self) -> str:
        return str(self.interval)

    def read(self, project: Project) -> list[float]:
        return [1 / seconds for seconds in self.interval.read(project)]


@dataclass(frozen=True)
class Sum:
    parts: tuple[Source, ...]

    def __str__(self) -> str:
        return " + ".join(map(str, self.parts))

    def read(self, project: Project) -> list[float]:
        return [sum(_only(part, project) for part in self.parts)]


@dataclass(frozen=True)
class Number:
    """A number: its name, to use in a sentence, where it comes from, and where else it must appear."""

    name: str
    source: Source
    places: tuple[Place, ...] = ()


def disagreements(numbers: tuple[Number, ...], project: Project) -> Iterator[str]:
    for number in numbers:
        try:
            value = _only(number.source, project)
        except UnreadableError as error:
            yield str(error)
            continue
        for place in number.places:
            yield from _stated(number, value, place, project)


def _stated(number: Number, value: float, place: Place, project: Project) -> Iterator[str]:
    try:
        found = place.read(project)
    except UnreadableError as error:
        yield str(error)
        return
    if not found:
        yield (
            f"{place} no longer says {number.name} (nothing matches {place.pattern!r}): "
            f"say it there, or correct that row of {TABLE}."
        )
    for stated in dict.fromkeys(found):
        if not math.isclose(stated, value):
            yield (
                f"{place} has {stated / place.unit:,g} for {number.name}, "
                f"but in {number.source} it is {value / place.unit:,g}: make them agree."
            )


def wrong_orders(chains: tuple[tuple[str, tuple[Number, ...]], ...], project: Project) -> Iterator[str]:
    """Yields a fault where one number must be less than the next but is not. Each chain comes with a reason."""
    for reason, chain in chains:
        for smaller, larger in pairwise(chain):
            try:
                lower, upper = _only(smaller.source, project), _only(larger.source, project)
            except UnreadableError:
                continue  # `disagreements` reports it
            if not lower < upper:
                yield (
                    f"{smaller.name} ({lower:,g}, {smaller.source}) must be less than "
                    f"{larger.name} ({upper:,g}, {larger.source}): {reason}."
                )


def not_passed_on(patterns: tuple[tuple[str, str], ...], project: Project) -> Iterator[str]:
    for path, pattern in patterns:
        if not re.search(pattern, project.text(path)):
            yield f"{path} no longer passes on a limit (nothing matches {pattern!r}): put it back, or correct {TABLE}."


def _only(source: Source, project: Project) -> float:
    """Returns the single number of a source.

    Raises:
        UnreadableError: there is no number, or several different ones.
    """
    values = set(source.read(project))
    if len(values) != 1:
        pattern = f" with {source.pattern!r}" if isinstance(source, Place) else ""
        what = "no number" if not values else "several different numbers"
        raise UnreadableError(f"{source} has {what} where there should be one{pattern}: correct that row of {TABLE}.")
    return values.pop()


@cache
def _found(pattern: str, text: str) -> list[str]:
    return [found.group(1) for found in re.finditer(pattern, " ".join(text.split()))]


def _value(text: str) -> float:
    return WORDS[text] if text in WORDS else float(text.replace(",", "").replace("_", ""))
