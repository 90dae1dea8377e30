"""Reads answers by their form, where no list of phrases could be long enough: "same as my dad", "only five weeks".

The forms are in data/understanding/forms.yml.
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


class Form(NamedTuple):
    """An answer that a text gives by its form, and where."""

    value: str
    start: int
    end: int


def _pattern(forms: list[str]) -> re.Pattern[str]:
    filled = (form.replace("{kin}", KIN).replace("{low}", LOW).replace("{n}", NUMBER) for form in forms)
    return re.compile(alternatives(filled))


FORMS: dict[str, dict[str, re.Pattern[str]]] = {
    slot: {value: _pattern(forms) for value, forms in values.items()}
    for slot, values in read_yaml(UNDERSTANDING_DATA / "forms.yml").items()
}


def answers_by_form(text: str, slot: str | None) -> list[Form]:
    """Returns the answers to the open question that a text gives by its form alone."""
    found = ((value, pattern.search(text.lower())) for value, pattern in FORMS.get(slot or "", {}).items())
    return [Form(value, *match.span()) for value, match in found if match]
