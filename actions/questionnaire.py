"""What the candidacy check asks: its questions, their values, and which question depends on which. Read from data/check.yml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from runtime.paths import DATA

QUESTIONNAIRE: dict[str, Any] = yaml.safe_load((DATA / "check.yml").read_text(encoding="utf-8"))
FORM = "candidacy_form"
CONSENT = "check_consent"  # the slot of "Shall I start?", the question before the questions
UNKNOWN = frozenset({"not_sure", "declined"})  # answers that tell nothing
NONE = "none"  # the answer to a list question that none of it applies

QUESTIONS: tuple[str, ...] = tuple(QUESTIONNAIRE["questions"])
ITEMS: dict[str, dict[str, Any]] = {**QUESTIONNAIRE["questions"], **QUESTIONNAIRE["noted"]}  # all that a result may rest on
ANSWERS: tuple[str, ...] = tuple(ITEMS)
VALUES: dict[str, list[str]] = {slot: list(item["values"]) for slot, item in ITEMS.items()}
LISTS = frozenset(slot for slot, item in ITEMS.items() if item.get("select") == "many")
# Of several values said at once for a question with one answer, the first of these counts.
PRECEDENCE: dict[str, list[str]] = {slot: item["precedence"] for slot, item in ITEMS.items() if "precedence" in item}
DEPENDS_ON: dict[str, str] = {slot: item["only_after"] for slot, item in ITEMS.items() if "only_after" in item}


def has_content(answer: object) -> bool:
    """Tells whether an answer names anything, beyond "none", "not sure" and "rather not say"."""
    values = answer if isinstance(answer, (list, tuple)) else [answer]
    return any(value and value != NONE and value not in UNKNOWN for value in values)


def relevant_questions(answers: Mapping[str, object]) -> list[str]:
    """Returns the questions that matter for these answers, in their order.

    One that depends on another matters while the other is open, or was answered with something: the effect of a treatment is
    asked only of those who tried one.
    """
    return [slot for slot in QUESTIONS if not (depends_on := DEPENDS_ON.get(slot)) or _may_matter(answers.get(depends_on))]


def _may_matter(answer: object) -> bool:
    return not answer or has_content(answer)


def open_questions(answers: Mapping[str, object]) -> list[str]:
    """Returns the questions that matter and have no answer, in their order."""
    return [slot for slot in relevant_questions(answers) if not answers.get(slot)]
