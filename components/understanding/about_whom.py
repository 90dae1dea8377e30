"""Tells whose hair a message is about: the visitor's own, or a child's, a partner's, a parent's or somebody else's.

"My son is losing his hair" is about the son, and "since I had my son" about the visitor. The words are in
data/understanding/about_whom.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from components.understanding.named_treatments import alternatives
from runtime.paths import UNDERSTANDING_DATA

WHOM = "about_whom"  # slot
SELF, CHILD, SOMEONE_ELSE = "self", "child", "someone_else"
UNDER_18 = "under_18"  # a child, among the conditions and groups of people
ADULT = 18  # years; a grown-up son or daughter is somebody else
WORDS = yaml.safe_load((UNDERSTANDING_DATA / "about_whom.yml").read_text(encoding="utf-8"))
PERSONS = {person: re.compile(rf"\b(?:{alternatives(patterns)})(?![\w-])", re.I) for person, patterns in WORDS["persons"].items()}
OWN = re.compile(rf"\b(?:{alternatives(WORDS['self'])})(?!\w)", re.I)
AFTER = re.compile(rf"(?:{alternatives(WORDS['after'])})(?!\w)", re.I)
BEFORE = re.compile(rf"\b(?:{alternatives(WORDS['before'])}) $", re.I)
MENTIONED_BEFORE = re.compile(rf"\b{alternatives(WORDS['mentioned_before'])}", re.I)
MENTIONED_AFTER = re.compile(alternatives(WORDS["mentioned_after"]), re.I)


def about_whom(text: str, age: int | None = None) -> str | None:
    """Returns whose hair a message is about, or None if it does not say.

    Args:
        text: the message.
        age: the age that it names, in years.
    """
    found = sorted(_people(text))
    person = found[-1][1] if found else None
    return SOMEONE_ELSE if person == CHILD and age is not None and age >= ADULT else person


def _people(text: str) -> Iterator[tuple[int, str]]:
    """Yields the people that the message is about, each with the place of the words."""
    for person, pattern in PERSONS.items():
        yield from ((found.start(), person) for found in pattern.finditer(text) if _is_subject(found, text))
    yield from ((found.start(), SELF) for found in OWN.finditer(text))


def _is_subject(person: re.Match[str], text: str) -> bool:
    before, after = text[: person.start()], text[person.end() :]
    if MENTIONED_BEFORE.search(before) or MENTIONED_AFTER.search(after):
        return False
    return bool(BEFORE.search(before) or AFTER.match(after))
