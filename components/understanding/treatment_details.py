"""Tells which text answers a question about another treatment than exosomes.

data/understanding/treatment_details.yml has the table.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import yaml

from components.intents import COMPARE_TREATMENTS, TREATMENT_OPTIONS
from runtime.paths import UNDERSTANDING_DATA

SEPARATOR = "/"  # between a topic and its detail
ANYTHING = "anything"


class Target(NamedTuple):
    """A text that answers: a topic, and maybe one detail of it."""

    topic: str
    detail: str | None = None

    @property
    def name(self) -> str:
        return f"{self.topic}{SEPARATOR}{self.detail}" if self.detail else self.topic


def target(name: str) -> Target:
    """Returns the text that is called `topic` or `topic/detail`."""
    topic, _, detail = name.partition(SEPARATOR)
    return Target(topic, detail or None)


TABLE: dict[str, dict[str, str]] = yaml.safe_load((UNDERSTANDING_DATA / "treatment_details.yml").read_text(encoding="utf-8"))
ROWS_WITH = Counter(name for row in TABLE.values() for name in set(row.values()))  # some texts are about several treatments


def about_treatment(treatment: str, topic: str) -> Target | None:
    """Returns the text that answers a question of this topic about a treatment, or None if there is none of its own."""
    row = TABLE.get(treatment, {})
    name = row.get(topic) or row.get(ANYTHING)
    return target(name) if name else None


def subject_of(answer: Target) -> str | None:
    """Returns the treatment that a text is about, or None if that is exosomes, both, or no treatment."""
    if answer.topic == COMPARE_TREATMENTS or not answer.detail:
        return None
    return next((treatment for treatment, row in TABLE.items() if _is_about(treatment, row, answer)), None)


def _is_about(treatment: str, row: dict[str, str], answer: Target) -> bool:
    by_name = answer.topic == TREATMENT_OPTIONS and f"{answer.detail}_".startswith(f"{treatment}_")
    return by_name or answer.name in row.values() and ROWS_WITH[answer.name] == 1


def question_of(answer: Target) -> str:
    """Returns the topic of the question that a text answers: "the side effects of PRP" is an answer about side effects."""
    row = TABLE.get(subject_of(answer) or "", {})
    return next((topic for topic, name in row.items() if name == answer.name and topic != ANYTHING), answer.topic)
