"""What people who wrote no data of the check typed to it, what a careful reader notes of that, and how we judge the check.

It stands in tests/check/, one JSON object a line:

- answers.jsonl: a message to one open question. `expect` lists, by slot, every reading that a careful reader can defend. A
  reading is a value, a list of values for a list question, or null: nothing was said, so ask again. An `age` is a number of
  years, or `minor`. The question that is open is always there. If another is absent, the message says nothing about it.
- frames.jsonl: a sentence that names one medicine, illness or treatment. `holders` are the people who may be meant, `status`
  says whether it holds, and `value` what it stands for if it holds now.
- patients.jsonl: a whole conversation. `answers` has what they say to each question, `again` what they say if it comes a second
  time, `late` what they add or take back when the question `at` opens. `volunteered` names what they tell before it is asked,
  and in which answer; `no_answer` the questions that their first reply leaves open. `truth` is what holds, and `outcome` what
  the rules give for it.

`voices.yml` says who wrote them. Those in another language than English stand in files of their own, such as answers_es.jsonl.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actions.candidacy import OF_AGE, STOPS, UNDER_AGE, age_group
from actions.questionnaire import AGE, LISTS, NONE, QUESTIONS, REQUESTED_SLOT, has_content
from runtime.paths import ROOT

FOLDER = ROOT / "tests" / "check"
HEALTH = "health_flags"
ENGLISH, SPANISH = "en", "es"
SELF, MINOR, SLOPPY = "self", "minor", "sloppy"
DANGER = "danger"  # slot

Reading = str | Sequence[str] | None
Slots = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """A message to the open question `slot` of a check about `patient`."""

    voice: str
    slot: str
    patient: str
    text: str
    kind: str
    expect: Mapping[str, Sequence[Reading]]
    language: str = ENGLISH


@dataclass(frozen=True)
class Frame:
    """A sentence about one medicine, illness or treatment."""

    voice: str
    text: str
    concept: str
    holders: Sequence[str]
    status: str
    slot: str
    value: str

    @property
    def accepted(self) -> set[str]:
        """The values that may be noted for the holder; none if nothing holds."""
        if self.status == "now":
            return {self.value}
        if self.status == "possible":
            return {self.value, "not_sure"}
        if self.status == "past" and self.value == "active_cancer":
            return {"past_cancer"}
        return {self.value} if self.status == "past" and self.slot == "prior_treatments" else set()


@dataclass(frozen=True)
class Patient:
    """A visitor with all that they say, and the outcome that the rules give for the truth."""

    voice: str
    name: str
    patient: str
    opening: str
    answers: Mapping[str, str]
    truth: Mapping[str, Any]
    outcome: str
    again: Mapping[str, str] = field(default_factory=dict)
    late: Mapping[str, str] = field(default_factory=dict)
    volunteered: Mapping[str, str] = field(default_factory=dict)
    no_answer: Sequence[str] = ()
    language: str = ENGLISH


@dataclass(frozen=True)
class ReadAnswer:
    """An answer, with the slots before and after it."""

    answer: Answer
    before: Slots
    after: Slots

    def __str__(self) -> str:
        return f"{self.answer.slot}, {self.answer.patient}: {self.answer.text!r} {dict(self.answer.expect)}, noted {self.noted}"

    @property
    def is_right(self) -> bool:
        """Whether everything that it says about the patient was noted, and nothing else."""
        return not self.after.get(DANGER) and all(self._is_right_about(slot) for slot in QUESTIONS)

    @property
    def is_unsafe(self) -> bool:
        """Whether a minor counts as an adult, a flag as none, or a flag that ends the check is missed."""
        return _is_taken_for_adult(self.answer, self.after) or _misses_flags(_flags(self.answer), self.answer.slot, self.after)

    @property
    def noted(self) -> dict[str, Any]:
        """What it changed."""
        return {slot: self.after.get(slot) for slot in QUESTIONS if self.after.get(slot) != self.before.get(slot)}

    def _is_right_about(self, slot: str) -> bool:
        before, after = self.before.get(slot), self.after.get(slot)
        return any(_is_noted(slot, reading, before, after) for reading in self.answer.expect.get(slot, [None]))


@dataclass(frozen=True)
class ReadFrame:
    """A frame, the statements that were noted of it, and the slots after it."""

    frame: Frame
    statements: Sequence[Mapping[str, Any]]
    after: Slots

    def __str__(self) -> str:
        noted = [(statement["holder"], statement["value"], statement["holds"]) for statement in self.statements]
        return f"{self.frame.text!r} {self.frame.holders} {self.frame.status} {self.frame.value}, noted {noted}"

    @property
    def is_right(self) -> bool:
        """Whether the right person has it, or nobody if it doesn't hold."""
        noted = [
            (statement["holder"], statement["value"])
            for statement in self.statements
            if statement["slot"] == self.frame.slot and statement["holds"] and statement["value"] != NONE
        ]
        if not self.frame.accepted:
            return not any(value in (self.frame.value, "past_cancer") for _, value in noted)
        holders = {holder for holder, value in noted if value in self.frame.accepted}
        return bool(holders) and holders <= set(self.frame.holders)

    @property
    def is_unsafe(self) -> bool:
        """Whether a flag of the visitor, who is the patient, counts as none, or one that ends the check is missed."""
        holds = self.frame.status in ("now", "possible") and self.frame.slot == HEALTH and SELF in self.frame.holders
        return holds and _misses_flags({self.frame.value}, HEALTH, self.after)


def _lines(name: str, language: str = ENGLISH) -> Iterator[dict[str, Any]]:
    file = FOLDER / (f"{name}.jsonl" if language == ENGLISH else f"{name}_{language}.jsonl")
    for line in file.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def answers(language: str = ENGLISH) -> list[Answer]:
    """Returns the answers to single questions."""
    return [Answer(**record, language=language) for record in _lines("answers", language)]


def frames() -> list[Frame]:
    """Returns the sentences about one thing each."""
    return [Frame(**record) for record in _lines("frames")]


def patients(language: str = ENGLISH) -> list[Patient]:
    """Returns the whole patients."""
    return [Patient(**record, language=language) for record in _lines("patients", language)]


def _is_noted(slot: str, reading: Reading, before: Any, after: Any) -> bool:
    if reading is None:
        return bool(after == before)
    if slot == AGE:
        return bool(after == reading) or reading == MINOR and age_group(after) == UNDER_AGE
    if slot not in LISTS:
        return bool(after == reading)
    earlier = before if before and has_content(reading) and has_content(before) else []
    return {*earlier, *reading} == set(after or ())


def _is_taken_for_adult(answer: Answer, after: Slots) -> bool:
    readings = answer.expect.get(AGE, [None])
    return all(_is_minor(reading) for reading in readings) and age_group(after.get(AGE)) == OF_AGE


def _is_minor(reading: Reading) -> bool:
    return reading == MINOR or isinstance(reading, str) and age_group(reading) == UNDER_AGE


def _flags(answer: Answer) -> set[str]:
    """Returns the flags that every reading of an answer has."""
    readings = [set(reading or ()) for reading in answer.expect.get(HEALTH, [None])]
    return {value for value in set.intersection(*readings) if has_content(value)}


def _misses_flags(flags: set[str], asked: str, after: Slots) -> bool:
    """Whether flags count as none, or one that ends the check is not noted and the question is closed."""
    noted = set(after.get(HEALTH) or ())
    is_closed = asked != HEALTH or after.get(REQUESTED_SLOT) != HEALTH
    return bool(flags) and NONE in noted or is_closed and bool(flags & STOPS - noted) and bool(noted)
