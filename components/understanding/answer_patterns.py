"""Reads answers by their pattern, where no list of phrases could be long enough: "same as my dad", "only five weeks".

The patterns are in data/understanding/answer_patterns.yml.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from components.understanding.about_whom import NOUNS, PARENT, SOMEONE_ELSE
from components.understanding.patterns import alternatives
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

KIN = alternatives([NOUNS[PARENT], NOUNS[SOMEONE_ELSE]])  # those whom one inherits from
LOW = r"[1-9]|1[0-2]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
NUMBER = rf"\d+|{LOW}"


class PatternAnswer(NamedTuple):
    """An answer that a text gives by its pattern, and where."""

    value: str
    start: int
    end: int


def _pattern(patterns: list[str]) -> re.Pattern[str]:
    filled = (pattern.replace("{kin}", KIN).replace("{low}", LOW).replace("{n}", NUMBER) for pattern in patterns)
    return re.compile(alternatives(filled))


PATTERNS: dict[str, dict[str, re.Pattern[str]]] = {
    slot: {value: _pattern(patterns) for value, patterns in values.items()}
    for slot, values in read_yaml(UNDERSTANDING_DATA / "answer_patterns.yml").items()
}


def answers_by_pattern(text: str, slot: str | None) -> list[PatternAnswer]:
    """Returns the answers to the open question that a text gives by its pattern alone."""
    found = ((value, pattern.search(text.lower())) for value, pattern in PATTERNS.get(slot or "", {}).items())
    return [PatternAnswer(value, *match.span()) for value, match in found if match]
