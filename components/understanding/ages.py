"""Reads the ages that people type: "34", "turning 18 next month", "mid forties", "born in 1990", "I'm 44 but he's only 15".

Every number has an owner and a meaning. data/understanding/ages.yml says which meaning; the first line that fits decides. Most
meanings are no age: an onset, a duration, a dose, a price, somebody unknown. `about_whom` says whom the words name.

No minor may pass for an adult. So we take the lower end of whatever is vague. If one person seems to be both, we are not sure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import islice
from typing import Any

from components.privacy.birth_dates import MAX_AGE, BirthDate, birth_dates
from components.privacy.masking import blank_private
from components.understanding import normalise
from components.understanding.about_whom import ADULT, CHILD, NOUNS, SELF, SOMEONE_ELSE
from components.understanding.number_owners import ANYONE, YEAR_OLD, NumberOwners
from components.understanding.patterns import alternatives
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

WORDS = read_yaml(UNDERSTANDING_DATA / "ages.yml")
MIN_GUESSED = 5  # years; a lower number that nobody explains is a count
MAX_RANGE = 15  # years between the ends of "40 to 45"
MINOR = ADULT - 1
MIN_TEENAGER = 13  # years
MAX_NUMBERS, MAX_CONTEXT = 40, 120  # numbers in a message, and characters around each, that we look at
# How clearly a number is said to be an age: likelier something else, nobody says, it answers the question, or the words say so.
UNEXPLAINED, POSSIBLE, BARE, STATED = range(4)


Read = tuple[int, int] | None  # the years, and how clearly they are an age


@dataclass(frozen=True)
class StatedAge:
    """An age that a text states.

    Attributes:
        years: the age, or the lowest that the words allow.
        start: index of the first character of the number.
        end: index after its last character.
        holder: whose it is (see `about_whom`), or None if the text does not say.
        sure: whether it is the age now. If not, it should be asked about.
    """

    years: int
    start: int
    end: int
    holder: str | None
    sure: bool


@dataclass(frozen=True)
class Reading:
    """What one number, date or word may say about an age. `is_vague` if a number of the same person says it better."""

    years: int
    start: int
    end: int
    strength: int
    holder: str | None = None
    is_vague: bool = False
    is_sure: bool = True


SMALL: dict[str, int] = WORDS["numbers"]
TENS: dict[str, int] = WORDS["tens"]
UNITS = "|".join(word for word, value in SMALL.items() if 0 < value < 10)
SPELLED = rf"(?:{'|'.join(TENS)})(?:[\s-]?(?:{UNITS}))?|{'|'.join(sorted(SMALL, key=len, reverse=True))}"
N = rf"(?:\d{{1,3}}|(?:{SPELLED})(?![a-rt-z]))"
MONTH = rf"(?:{alternatives(WORDS['months'])})"
PERSON = rf"(?:{'|'.join(NOUNS.values())})"


def _filled(pattern: str) -> str:
    return pattern.replace("{n}", N).replace("{month}", MONTH).replace("{person}", PERSON)


AFTER_LETTERS = (
    r"(?:(?<![\w.,/])(?<!\d['′])|(?<=\b[mf])|(?<=\b[mf]/)|(?<=\bim)|(?<=\bage)|(?<=\bu)|(?<=female)|(?<=\bmale)|(?<=\d\d[mf]))"
)
NUMBER = re.compile(
    rf"{AFTER_LETTERS}(?P<first>{N})(?:\.\d)?(?:(?P<to>\s*(?:-|–|to|or|/|~|and)\s*)(?P<second>{N}))?(?!\d|[.,/:]\d)"
)
DECADE = re.compile(
    rf"(?<![\w.])(?:(?P<part>{'|'.join(WORDS['parts_of_a_decade'])})[\s-]*)?(?:to late[\s-]*)?"
    rf"(?:(?P<digits>[2-9]0)'?s|(?P<word>{'|'.join(WORDS['decades'])})|(?P<teens>teens))(?!\w)"
)
ROUND = re.compile(rf"\b(?:{'|'.join(WORDS['round'])})\b")
BIG = re.compile(rf"\bbig (?P<tens>{'|'.join(WORDS['big'])})[\s-]?(?:oh?|0)\b")
FILLERS = rf"(?:(?:{alternatives(WORDS['fillers'])})(?![\w'])[\s,:]*)*"
CLEAR_BEFORE = re.compile(rf"(?:^|{WORDS['fragment_end']})[\s\W]*{FILLERS}$")
CLEAR_AFTER = re.compile(rf"\s*(?:(?:{alternatives(WORDS['closers'])})(?!\w)[\s,]*)*\W*(?:$|{WORDS['fragment_end']})")
CORRECTION = re.compile(WORDS["corrections"])
CORRECTED_BETWEEN = re.compile(rf"{WORDS['corrections']}|^\W*no\W*$")
TO_COME = re.compile(_filled(WORDS["to_come"]))
PAST_DECADE = re.compile(WORDS["past_decade"])
UNDER_18 = {
    name: re.compile(rf"(?<![\w-])(?:{alternatives(WORDS['under_18'][name])})(?![\w'-])")
    for name in ("certain", "likely", "possible")
}
NOT_AFTER, NOT_BEFORE = (re.compile(WORDS["under_18"][name]) for name in ("not_after", "not_before"))
SENTENCE_END = re.compile(r"[.;!?\n]")


class Rule:
    """One line of the table of meanings."""

    def __init__(self, line: Mapping[str, Any]) -> None:
        self.means: str = line["means"]
        self.is_weak = bool(line.get("if_asked"))
        self._numbers = range(line.get("min", 0), line.get("max", MAX_AGE * 10) + 1)
        self._follows_a_number = bool(line.get("after_a_number"))
        self._before = (
            re.compile(rf"(?:^|(?<![\w'])|(?<=[$£€#@]))(?:{_filled(line['before'])})(?:(?!\w)|(?<=\W))[\s:(~=]*{FILLERS}$")
            if "before" in line
            else None
        )
        self._after = re.compile(_filled(line["after"])) if "after" in line else None

    def match(self, value: int, before: str, after: str) -> Mapping[str, str] | None:
        """Returns what the rule found in the words around a number, or None if it does not fit."""
        if value not in self._numbers or self._follows_a_number and not re.search(N, before):
            return None
        if self._before and not self._before.search(before):
            return None
        found = self._after.match(after) if self._after else None
        return None if self._after and not found else found.groupdict() if found else {}


RULES = [Rule(line) for line in WORDS["meanings"]]


def read_ages(text: str, asked: bool, today: date | None = None) -> list[StatedAge]:
    """Returns the ages that `text` states, in order, one for each person.

    Args:
        text: the message.
        asked: whether we have just asked for the age, so that a bare number may be the age.
        today: the day of the message.
    """
    text = normalise.for_lexicon(normalise.for_ages(text))
    words = text.lower()
    readings = sorted(_Finder(text, words, asked).readings(today or date.today()), key=lambda reading: reading.start)
    return _one_for_each_person(_owned(_without_corrected(readings, words)))


@dataclass(frozen=True)
class _Finder:
    """Finds everything in one message that may be an age. Most messages have no number, and need neither owners nor privacy."""

    text: str
    words: str  # the text in lower case
    asked: bool

    @cached_property
    def owners(self) -> NumberOwners:
        return NumberOwners(self.words)

    @cached_property
    def public(self) -> str:
        """The words without private details: a bare number may be part of an address."""
        return blank_private(self.text).lower()

    def readings(self, today: date) -> Iterator[Reading]:
        rest = self.words
        for find in (lambda _: self._dates(today), self._decades, self._round, self._groups, self._numbers):
            found = list(find(rest))
            yield from (reading for reading in found if 0 <= reading.years <= MAX_AGE)
            for reading in found:
                rest = rest[: reading.start] + " " * (reading.end - reading.start) + rest[reading.end :]

    def _dates(self, today: date) -> Iterator[Reading]:
        for each in birth_dates(self.words, today):
            strength = self._strength_of_date(each, each.age(today))
            if strength is not None:
                yield Reading(each.age(today), each.start, each.end, strength, self.owners.of(each.start, each.end))

    def _strength_of_date(self, each: BirthDate, age: int) -> int | None:
        if each.is_named:
            return STATED
        before, after = self.words[: each.start], self.words[each.end :]
        stands_alone = bool(CLEAR_BEFORE.search(before) and CLEAR_AFTER.match(after))
        if not self.asked or not (each.is_full or stands_alone) or each.is_of_event:
            return None
        if age >= ADULT:
            return BARE
        return POSSIBLE if age >= MIN_GUESSED else None

    def _decades(self, rest: str) -> Iterator[Reading]:
        for match in DECADE.finditer(rest):
            if PAST_DECADE.search(self.owners.said_before(match.start())):
                continue
            if match["teens"]:
                strength = STATED if match["part"] in ("early", "mid", "middle") else POSSIBLE
                yield self._reading(WORDS["teens"].get(match["part"], min(WORDS["teens"].values())), match, strength)
            else:
                tens = int(match["digits"]) if match["digits"] else WORDS["decades"][match["word"]]
                yield self._reading(tens + WORDS["parts_of_a_decade"].get(match["part"], 0), match, STATED)

    def _round(self, rest: str) -> Iterator[Reading]:
        if self.asked:
            yield from (self._reading(WORDS["round"][match[0]], match, BARE) for match in ROUND.finditer(rest))
            yield from (self._reading(WORDS["big"][match["tens"]], match, BARE) for match in BIG.finditer(rest))

    def _groups(self, rest: str) -> Iterator[Reading]:
        for name, pattern in UNDER_18.items():
            for match in pattern.finditer(rest):
                holder = self.owners.of(match.start(), match.end())
                is_child = self.owners.named_in(match.start(), match.end()) == CHILD  # "my teenager"
                is_said = is_child or (self.asked or holder) and not NOT_AFTER.search(self.owners.said_before(match.start()))
                if is_said and not NOT_BEFORE.match(rest[match.end() :]):
                    whose = CHILD if is_child else holder
                    strength = POSSIBLE if name == "possible" else STATED
                    yield Reading(MINOR, match.start(), match.end(), strength, whose, is_vague=name != "certain")

    def _numbers(self, rest: str) -> Iterator[Reading]:
        for match in islice(NUMBER.finditer(rest), MAX_NUMBERS):
            for start, end, value in _values(match, rest):
                before, after = rest[max(0, start - MAX_CONTEXT) : start], rest[end : end + MAX_CONTEXT]
                holder = self.owners.of(start, end)
                found = self._meaning(value, before, after, holder, bool(self.public[start:end].strip()))
                if found and not (found[0] < MIN_GUESSED and self._is_count(before, after, holder)):
                    years, strength = found
                    is_to_come = years == value == ADULT and self._may_be_to_come(start, end)
                    yield Reading(years - is_to_come, start, end, strength, holder, is_sure=not is_to_come)

    def _meaning(self, value: int, before: str, after: str, holder: str | None, is_public: bool) -> Read:
        for rule in RULES:
            found = rule.match(value, before, after)
            if found is not None:
                if rule.is_weak and not (self.asked or holder):
                    return None
                read = MEANINGS[rule.means](value, found)
                return read if read and (read[1] == STATED or self.asked) else None
        return _bare(value, before, after) if is_public and self.asked else None

    def _is_count(self, before: str, after: str, holder: str | None) -> bool:
        """Whether a very low number is no age: hardly anybody writes "I'm 2" and means years."""
        is_age = YEAR_OLD.match(after) or CLEAR_BEFORE.search(before) and CLEAR_AFTER.match(after)
        return holder in (None, SELF) and not is_age

    def _may_be_to_come(self, start: int, end: int) -> bool:
        """Whether the words beside an 18 leave open whether the birthday has passed."""
        return bool(TO_COME.search(self.owners.said_before(start)) or TO_COME.search(SENTENCE_END.split(self.words[end:])[0]))

    def _reading(self, years: int, match: re.Match[str], strength: int) -> Reading:
        return Reading(years, match.start(), match.end(), strength, self.owners.of(match.start(), match.end()))


def _bare(value: int, before: str, after: str) -> Read:
    """What a number says for which there is no rule, if we asked for the age."""
    if not 0 < value <= MAX_AGE:
        return None
    if CLEAR_BEFORE.search(before) and CLEAR_AFTER.match(after) or value >= ADULT:
        return value, BARE
    return (value, POSSIBLE) if value >= MIN_GUESSED else None


def _unexplained(value: int, _: Mapping[str, str]) -> Read:
    return (value, UNEXPLAINED) if MIN_GUESSED <= value < ADULT else None


def _below(value: int, _: Mapping[str, str]) -> Read:
    """The age below a bound: under 40 may be any age, under 18 may not."""
    return (value - 1, STATED) if value <= ADULT else None


def _above(value: int, _: Mapping[str, str]) -> Read:
    """The age above a bound. Whoever is only said to be over 18 has to be asked."""
    return (value, STATED) if value > ADULT else None


def _in_years(value: int, found: Mapping[str, str]) -> Read:
    words = found["years"]
    few = next((years for some, years in WORDS["few"].items() if words.startswith(some)), None)
    return value - (number(words) if few is None else few), STATED


def _of_a_baby(value: int, found: Mapping[str, str]) -> Read:
    in_a_year = {"m": 12, "w": 52, "d": 365}[found["unit"][0]]
    return value // in_a_year, STATED


MEANINGS: dict[str, Callable[[int, Mapping[str, str]], Read]] = {
    "none": lambda value, _: None,
    "denied": lambda value, _: None,
    "withdrawn": lambda value, _: None,
    "age": lambda value, _: (value, STATED) if value else None,
    "next": lambda value, _: (value - 1, STATED) if value else None,
    "below": _below,
    "above": _above,
    "in_years": _in_years,
    "baby": _of_a_baby,
    "unexplained": _unexplained,
    "perhaps_next": lambda value, _: (value - 1, POSSIBLE),
}


def number(word: str) -> int:
    """Returns the number that `word` spells, in digits or in words up to ninety-nine."""
    if word.isdigit():
        return int(word)
    first, _, second = re.sub(r"[\s-]+", " ", word.lower()).partition(" ")
    if first in SMALL:
        return SMALL[first]
    tens = next(tens for tens in TENS if first.startswith(tens))
    return TENS[tens] + SMALL.get(second or first[len(tens) :], 0)


def _values(match: re.Match[str], words: str) -> list[tuple[int, int, int]]:
    """Returns the place and the value of a number. Of a range ("40-45") it is the lower end, and two of other numbers."""
    first = number(match["first"])
    if not match["second"]:
        return [(match.start(), match.end(), first)]
    second = number(match["second"])
    is_between = "and" not in match["to"] or words[: match.start()].rstrip().endswith("between")
    if abs(second - first) <= MAX_RANGE and is_between:
        return [(match.start(), match.end(), min(first, second))]
    return [(*match.span("first"), first), (*match.span("second"), second)]


def _owned(readings: Sequence[Reading]) -> list[Reading]:
    """Says whose each age is where the words around it leave that open."""
    owned: list[Reading] = []
    others = {reading.holder for reading in readings} - {None, SELF}
    has_own = any(reading.holder == SELF for reading in readings)
    for reading in readings:
        holder = reading.holder
        if holder == ANYONE:
            holder = CHILD if reading.years < ADULT else SOMEONE_ELSE if has_own else None
        elif holder is None and has_own and not others:
            holder = SELF  # "I'm 17, 18 in march"
        elif holder is None and others and reading.strength >= BARE:
            # "My dad is 72, 44 male" tells the writer's, "my son's 15, 16 in march" does not.
            holder = owned[-1].holder if owned and reading.years == owned[-1].years else SELF
        owned.append(replace(reading, holder=holder))
    return owned


def _without_corrected(readings: Sequence[Reading], words: str) -> list[Reading]:
    """Leaves out what a later age corrects: "63… sorry, 36"."""

    def is_corrected(reading: Reading) -> bool:
        return any(
            CORRECTED_BETWEEN.search(words[reading.end : later.start])
            for later in readings
            if later.start > reading.end and _may_be_answer(later) and _may_be_same(reading, later)
        )

    return [reading for reading in readings if not is_corrected(reading)]


def _may_be_same(first: Reading, second: Reading) -> bool:
    return first.holder == second.holder or None in (first.holder, second.holder)


def _strongest(readings: Sequence[Reading]) -> list[Reading]:
    """Leaves out numbers that nobody says are ages if others are, but no teenager's age beside a bare number."""
    strongest = max((reading.strength for reading in readings if not reading.is_vague), default=UNEXPLAINED)

    return [
        reading
        for reading in readings
        if reading.is_vague or reading.strength == strongest or strongest == BARE and _may_be_answer(reading)
    ]


def _may_be_answer(reading: Reading) -> bool:
    """Whether a number may answer the question: it is said to, or it may be a teenager's age."""
    return reading.strength >= BARE or reading.strength == POSSIBLE and reading.years >= MIN_TEENAGER


def _one_for_each_person(readings: Sequence[Reading]) -> list[StatedAge]:
    groups: dict[str | None, list[Reading]] = {}
    for reading in readings:
        groups.setdefault(reading.holder, []).append(reading)
    ages = (_agreed(_strongest(group)) for group in groups.values())
    return sorted(ages, key=lambda age: age.start)


def _agreed(readings: Sequence[Reading]) -> StatedAge:
    """Returns the one age that all these say, the lowest and not sure if it is unclear whether that is a minor."""
    exact = [reading for reading in readings if not reading.is_vague] or readings
    lowest, highest = (choose(exact, key=lambda reading: reading.years) for choose in (min, max))
    if lowest.years < ADULT <= highest.years:
        return _stated(lowest, sure=False)
    # Of bare numbers the answer comes first.
    reading = exact[-1] if exact[-1].strength == STATED else exact[0]
    return _stated(reading, sure=reading.is_sure and reading.strength >= BARE)


def _stated(reading: Reading, sure: bool) -> StatedAge:
    return StatedAge(reading.years, reading.start, reading.end, reading.holder, sure)
