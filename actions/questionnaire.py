"""What the candidacy check asks: its questions, their values, and which question depends on which. Read from data/check.yml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from runtime.paths import DATA

QUESTIONNAIRE: dict[str, Any] = yaml.safe_load((DATA / "check.yml").read_text(encoding="utf-8"))
FORM = "candidacy_form"
CONSENT = "check_consent"  # the slot of "Shall I start?", the question before the questions
REQUESTED_SLOT = "requested_slot"  # Rasa's own slot for the question that is open
UNKNOWN = frozenset({"not_sure", "declined"})  # answers that tell nothing
NONE = "none"  # the answer to a list question that none of it applies

QUESTIONS: tuple[str, ...] = tuple(QUESTIONNAIRE["questions"])
ITEMS: dict[str, dict[str, Any]] = {**QUESTIONNAIRE["questions"], **QUESTIONNAIRE["noted"]}  # all that a result may rest on
ANSWERS: tuple[str, ...] = tuple(ITEMS)
VALUES: dict[str, list[str]] = {slot: list(item["values"]) for slot, item in ITEMS.items()}
LISTS = frozenset(slot for slot, item in ITEMS.items() if item.get("select") == "many")
EVERYDAY_WORDS = frozenset(slot for slot, item in ITEMS.items() if item.get("everyday_words"))


def _setting(name: str) -> dict[str, Any]:
    """Returns what data/check.yml says under `name`, by slot, where it says something."""
    return {slot: item[name] for slot, item in ITEMS.items() if name in item}


# Of several values said at once for a question with one answer, the first of these counts.
PRECEDENCE: dict[str, list[str]] = _setting("precedence")
DEPENDS_ON: dict[str, str] = _setting("only_after")
UNLISTED: dict[str, str] = _setting("unlisted")
YES_MEANS: dict[str, str] = _setting("yes_means")
NO_MEANS: dict[str, str] = _setting("no_means")


def has_content(answer: object) -> bool:
    """Tells whether an answer names anything, beyond "none", "not sure" and "rather not say"."""
    values = answer if isinstance(answer, (list, tuple)) else [answer]
    return any(value and value != NONE and value not in UNKNOWN for value in values)


def has_answers(answers: Mapping[str, Any]) -> bool:
    """Tells whether any question has an answer."""
    return any(answers.get(slot) for slot in QUESTIONS)


def is_asked(slot: str, answers: Mapping[str, Any]) -> bool:
    """Tells whether the check asks this question, as far as the answers tell.

    One that depends on another is asked only of those who named something there: the effect of a treatment only of those who
    tried one.
    """
    return slot not in DEPENDS_ON or has_content(answers.get(DEPENDS_ON[slot]))


def dependents(slot: str) -> list[str]:
    """Returns the questions that depend on the answer to `slot`."""
    return [dependent for dependent, depends_on in DEPENDS_ON.items() if depends_on == slot]


def relevant_questions(answers: Mapping[str, Any]) -> list[str]:
    """Returns the questions that matter or may still matter, in their order: those on an open question may."""
    return [slot for slot in QUESTIONS if is_asked(slot, answers) or not answers.get(DEPENDS_ON[slot])]


def open_questions(answers: Mapping[str, Any]) -> list[str]:
    """Returns the questions that matter or may still matter and have no answer, in their order."""
    return [slot for slot in relevant_questions(answers) if not answers.get(slot)]


def progress(answers: Mapping[str, Any], question: str | None) -> tuple[int, int]:
    """Returns the number of a question, and of how many; "Shall I start?" has the number 0.

    A question that may still matter is not counted yet: after "5 of 5" comes "6 of 6" for those who tried a treatment.
    """
    steps = [slot for slot in QUESTIONS if is_asked(slot, answers)]
    return (steps.index(question) + 1 if question in steps else 0), len(steps)
