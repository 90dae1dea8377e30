"""Tells which text answers a question that names no subject: about a treatment other than exosomes, a condition, or a child.

data/understanding/treatment_details.yml has the tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from components.intents import COMPARE_TREATMENTS, TREATMENT_OPTIONS
from components.understanding.detail_choice import SEPARATOR
from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

SUBJECT = "subject"  # slot: what the conversation is about: exosomes, another treatment or a condition
ANYTHING, ANY_DETAIL = "anything", "*"


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


DATA: dict[str, Any] = read_yaml(UNDERSTANDING_DATA / "treatment_details.yml")
TABLE: dict[str, dict[str, str]] = DATA["treatments"]
CONDITION_TEXTS: dict[str, list[str]] = {name: condition["texts"] for name, condition in DATA["conditions"].items()}
CONDITION_ANSWERS: dict[str, dict[str, str]] = {name: condition["answers"] for name, condition in DATA["conditions"].items()}
CONDITION_NAMES: dict[str, str] = {name: known["named_as"] for name, known in DATA["conditions"].items() if "named_as" in known}
EXOSOME_QUESTIONS: dict[str, str] = DATA["exosomes"]
CHILD_ANSWERS: dict[str, str] = DATA["child"]
NAMED_AS: dict[str, list[str]] = DATA["names"]
LISTED: dict[str, list[str]] = DATA["listed"]  # the treatments that a text offers, in its order
UNCHANGED = frozenset(DATA["unchanged"])  # questions about no treatment in particular
ROWS_WITH = Counter(name for row in TABLE.values() for name in set(row.values()))  # some texts are about several treatments


def _pairs(joined_by: str) -> dict[frozenset[str], Target]:
    """Returns the texts about two treatments, which have both in their names: `prp_with_minoxidil`."""
    names = {name for row in TABLE.values() for name in row.values() if joined_by in name}
    return {frozenset(str(target(name).detail).split(joined_by)): target(name) for name in names}


TOGETHER, COMPARED = _pairs("_with_"), _pairs("_versus_")


def about_treatment(treatment: str, question: str) -> Target | None:
    """Returns the text that answers a question about a treatment, or None if there is none of its own.

    Args:
        treatment: the treatment.
        question: what is asked, as `topic` or `topic/detail`.
    """
    row = TABLE.get(treatment, {})
    name = row.get(question) or row.get(target(question).topic) or row.get(ANYTHING)
    return target(name) if name else None


def about_exosomes(question: str) -> Target:
    """Returns the text that answers a question about exosomes that was asked about something else before."""
    return target(EXOSOME_QUESTIONS.get(question, question))


def pair_of(first: str, second: str) -> Target | None:
    """Returns the text about two treatments together, or None."""
    return TOGETHER.get(frozenset((first, second)))


def versus(first: str, second: str) -> Target | None:
    """Returns the text that compares two treatments, or None."""
    return COMPARED.get(frozenset((first, second)))


def about_condition(condition: str, question: Target) -> Target | None:
    """Returns the text that answers a question about a condition, or None if the question can't be about it."""
    if question.name in CONDITION_TEXTS.get(condition, ()):
        return question
    return _of_row(CONDITION_ANSWERS.get(condition, {}), question)


def about_child(question: Target) -> Target | None:
    """Returns the text that answers a question about a child, or None if the usual one does."""
    return _of_row(CHILD_ANSWERS, question)


def _of_row(row: Mapping[str, str], question: Target) -> Target | None:
    name = row.get(question.name) or row.get(f"{question.topic}{SEPARATOR}{ANY_DETAIL}")
    if name:
        return target(name)
    return question if question.name in row.values() else None


def subject_of(answer: Target) -> str | None:
    """Returns the treatment that a text is about, or None if that is exosomes, both, or no treatment."""
    if answer.topic == COMPARE_TREATMENTS or not answer.detail:
        return None
    return next((treatment for treatment, row in TABLE.items() if _is_about(treatment, row, answer)), None)


def _is_about(treatment: str, row: Mapping[str, str], answer: Target) -> bool:
    if answer.topic != TREATMENT_OPTIONS:
        return False
    by_name = f"{answer.detail}_".startswith(f"{treatment}_")
    return by_name or answer.name in row.values() and ROWS_WITH[answer.name] == 1


def condition_of(answer: Target) -> str | None:
    """Returns the condition that a text is about, or None."""
    return next((condition for condition, texts in CONDITION_TEXTS.items() if answer.name in texts), None)


def question_of(answer: Target) -> str:
    """Returns the topic of the question that a text answers: "the side effects of PRP" is an answer about side effects."""
    row = TABLE.get(subject_of(answer) or "", {})
    questions = (target(question).topic for question, name in row.items() if name == answer.name and question != ANYTHING)
    return next(questions, answer.topic)
