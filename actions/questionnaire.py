"""The questions of the candidacy check, their values, and which question depends on which. Read from data/check.yml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.data_files import read_yaml
from runtime.paths import DATA

QUESTIONNAIRE: dict[str, Any] = read_yaml(DATA / "check.yml")
FORM = "candidacy_form"
CONSENT = "check_consent"  # the slot of "Shall I start?", which comes before the questions
PATIENT = "patient"  # slot: whom the check is about: self, child, partner, parent or someone_else
READBACK = "check_readback"  # the slot of "Is that right?", which comes after the questions
STATEMENTS = "statements"  # slot: what was said about whom (components/dialogue/statements.py)
COVERED = "questions_covered"  # slot: the list questions that were asked and answered, or answered part by part
TRIES = "check_tries"  # the slot that counts how often we did not understand an answer to the open question
UNCLEAR_AGE = "unclear_age"  # slot: a number that may be an age, in years; we ask whether it is
REQUESTED_SLOT = "requested_slot"  # Rasa's own slot for the open question
UNKNOWN = frozenset({"not_sure", "declined"})  # answers that tell us nothing
NONE = "none"  # the answer "none of these" to a list question
AGE = "age"  # the only question whose answer may be a number

QUESTIONS: tuple[str, ...] = tuple(QUESTIONNAIRE["questions"])
ANSWER_FIELDS: dict[str, dict[str, Any]] = {
    **QUESTIONNAIRE["questions"],
    **QUESTIONNAIRE["noted"],
}  # everything that can affect a result
ANSWERS: tuple[str, ...] = tuple(ANSWER_FIELDS)
VALUES: dict[str, list[str]] = {slot: list(item["values"]) for slot, item in ANSWER_FIELDS.items()}
LISTS = frozenset(slot for slot, item in ANSWER_FIELDS.items() if item.get("select") == "many")
EVERYDAY_WORDS = frozenset(slot for slot, item in ANSWER_FIELDS.items() if item.get("everyday_words"))


def _setting(name: str) -> dict[str, Any]:
    """Returns the field `name` in data/check.yml, by slot, for the slots that have it."""
    return {slot: item[name] for slot, item in ANSWER_FIELDS.items() if name in item}


# If a visitor gives several values for a question with one answer, the first of these wins.
PRECEDENCE: dict[str, list[str]] = _setting("precedence")
DEPENDS_ON: dict[str, str] = _setting("only_after")
UNLISTED: dict[str, str] = _setting("unlisted")
YES_MEANS: dict[str, str] = _setting("yes_means")
NO_MEANS: dict[str, str] = _setting("no_means")


# The years that a band of ages counts as: the fewest, so that nobody is taken to be older than they are.
AGE_BANDS: dict[str, int] = ANSWER_FIELDS[AGE]["counts_as"]


def has_content(answer: object) -> bool:
    """Whether an answer names something other than "none", "not sure" or "rather not say"."""
    values = answer if isinstance(answer, (list, tuple)) else [answer]
    return any(value and value != NONE and value not in UNKNOWN for value in values)


def has_answers(answers: Mapping[str, Any]) -> bool:
    """Whether any question has an answer."""
    return any(answers.get(slot) for slot in QUESTIONS)


def is_asked(slot: str, answers: Mapping[str, Any]) -> bool:
    """Whether the check asks this question, judging by the answers so far.

    A dependent question is only asked of visitors who named something in the question before it. For example, we only ask how
    a treatment worked if they tried one.
    """
    return slot not in DEPENDS_ON or has_content(answers.get(DEPENDS_ON[slot]))


def outdated(slots: Mapping[str, Any]) -> dict[str, Any]:
    """Returns new values for the slots that this version cannot read.

    A stored conversation may come from a version with other questions or values. Anything that we no longer know counts as
    unanswered, so the check asks again.
    """
    changes: dict[str, Any] = {}
    for slot in filter(slots.get, ANSWERS):
        values = slots[slot] if slot in LISTS else [slots[slot]]
        known = [value for value in values if is_answer(slot, value)]
        if known != values:
            changes[slot] = known or None
    if not slots.get(STATEMENTS) and not slots.get(COVERED):
        # Version 0.1 stored answers alone, and asked for each list before it stored it.
        changes |= {COVERED: answered} if (answered := [slot for slot in sorted(LISTS) if slots.get(slot)]) else {}
    if slots.get(REQUESTED_SLOT) not in (None, CONSENT, PATIENT, READBACK, *QUESTIONS):
        changes[REQUESTED_SLOT] = None
    return changes


def is_answer(slot: str, value: str) -> bool:
    """Whether a question knows this value. An age may also be a number of years."""
    return value in VALUES[slot] or slot == AGE and value.isdigit()


def is_answered(slot: str, answers: Mapping[str, Any]) -> bool:
    """Whether a question needs no asking. What somebody volunteers about a list leaves the rest of the list open."""
    return bool(answers.get(slot)) and (slot not in LISTS or slot in (answers.get(COVERED) or ()))


def dependents(slot: str) -> list[str]:
    """Returns the questions that depend on the answer to `slot`."""
    return [dependent for dependent, depends_on in DEPENDS_ON.items() if depends_on == slot]


def relevant_questions(answers: Mapping[str, Any]) -> list[str]:
    """Returns the questions that matter or may still matter, in order. Dependents of an open question may still matter."""
    return [slot for slot in QUESTIONS if is_asked(slot, answers) or not answers.get(DEPENDS_ON[slot])]


def open_questions(answers: Mapping[str, Any]) -> list[str]:
    """Returns the unanswered questions that matter or may still matter, in order."""
    return [slot for slot in relevant_questions(answers) if not answers.get(slot)]


def questions_to_ask(answers: Mapping[str, Any]) -> list[str]:
    """Returns the open questions, and the list questions of which only a part was volunteered, in order."""
    return [slot for slot in relevant_questions(answers) if not is_answered(slot, answers)]


def progress(answers: Mapping[str, Any], question: str | None) -> tuple[int, int]:
    """Returns the number of a question and the largest number of questions. "Shall I start?" is number 0.

    Questions that may still matter are counted, so the total can become smaller ("5 of at most 6"), but it never grows.
    """
    steps = relevant_questions(answers)
    return (steps.index(question) + 1 if question in steps else 0), len(steps)
