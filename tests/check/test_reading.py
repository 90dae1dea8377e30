"""A floor under what the check notes: of messages, and of whole conversations, by people who wrote none of its data."""

from __future__ import annotations

import pytest
import yaml

from actions.candidacy import Outcome, assess
from actions.questionnaire import COVERED, LISTS, QUESTIONS, VALUES
from tests.support.assistant import Assistant
from tests.support.candidacy import FOLDER, SLOPPY, SPANISH, ReadAnswer, ReadFrame, answers, frames, patients
from tests.support.patients import Checks, Played, play
from tests.support.validation_messages import percent

# In percent. Below the measured figures (docs/candidacy_reading.md) by a margin that a few messages cannot eat up.
MIN_RIGHT_ANSWERS, MIN_RIGHT_FRAMES, MIN_RIGHT_OUTCOMES = 90, 82, 80
MIN_RIGHT_SPANISH_ANSWERS = 86
MAX_MEDIAN_TURNS = 9
MAX_TOO_KIND = 0  # conversations with an outcome that is less cautious than the truth's
EVERY = 3  # we say every third here; the slow tests and `make bench-check` say all


@pytest.fixture(scope="module", params=[EVERY, pytest.param(1, marks=pytest.mark.long)])
def every(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture(scope="module")
def checks(assistant: Assistant) -> Checks:
    return Checks(assistant)


@pytest.fixture(scope="module")
def read(checks: Checks, every: int) -> list[ReadAnswer]:
    return [checks.read(answer) for answer in answers()[::every]]


@pytest.fixture(scope="module")
def read_in_spanish(checks: Checks, every: int) -> list[ReadAnswer]:
    return [checks.read(answer) for answer in answers(SPANISH)[::every]]


@pytest.fixture(scope="module")
def heard(checks: Checks, every: int) -> list[ReadFrame]:
    return [checks.read_frame(frame) for frame in frames()[::every]]


@pytest.fixture(scope="module")
def played(assistant: Assistant, every: int) -> list[Played]:
    return [play(assistant, patient) for patient in patients()[::every]]


def test_each_voice_is_described() -> None:
    described = yaml.safe_load((FOLDER / "voices.yml").read_text(encoding="utf-8"))
    assert set(described) == {each.voice for each in (*answers(), *answers(SPANISH), *frames(), *patients(), *patients(SPANISH))}


def test_there_are_enough_and_half_of_them_are_sloppy() -> None:
    for slot in QUESTIONS:
        assert len([answer for answer in answers() if answer.slot == slot]) >= 60
    assert len([answer for answer in answers() if answer.kind == SLOPPY]) >= len(answers()) / 2
    assert len(frames()) >= 80
    assert len(patients()) >= 60


def test_every_reading_is_an_answer_of_the_check() -> None:
    for answer in answers():
        for slot, readings in answer.expect.items():
            values = {value for reading in readings if reading for value in (reading if slot in LISTS else [reading])}
            others = values - {*VALUES[slot]}
            assert not others or slot == "age" and all(value.isdigit() or value == "minor" for value in others)
    assert all(frame.value in VALUES[frame.slot] for frame in frames())


def test_every_outcome_is_what_the_rules_give_for_the_truth() -> None:
    for patient in patients():
        outcome, _ = assess({**patient.truth, COVERED: list(LISTS)})
        assert outcome == Outcome[patient.outcome], patient.name


def test_answers_are_read(read: list[ReadAnswer]) -> None:
    assert percent([each.is_right for each in read]) >= MIN_RIGHT_ANSWERS


def test_spanish_answers_are_read(read_in_spanish: list[ReadAnswer]) -> None:
    assert percent([each.is_right for each in read_in_spanish]) >= MIN_RIGHT_SPANISH_ANSWERS
    assert sum(each.is_unsafe for each in read_in_spanish) == 0


def test_sentences_are_read(heard: list[ReadFrame]) -> None:
    assert percent([each.is_right for each in heard]) >= MIN_RIGHT_FRAMES


# Whoever reads which ones failed can no longer measure with these voices, so these tests say how many.


def test_no_minor_becomes_an_adult_and_no_flag_none(read: list[ReadAnswer], heard: list[ReadFrame]) -> None:
    assert sum(each.is_unsafe for each in (*read, *heard)) == 0


def test_outcomes_are_right_and_never_too_kind(played: list[Played]) -> None:
    assert percent([each.is_right for each in played]) >= MIN_RIGHT_OUTCOMES
    assert sum(each.is_unsafe for each in played) <= MAX_TOO_KIND


def test_little_is_asked_twice(played: list[Played]) -> None:
    assert sorted(each.turns for each in played)[len(played) // 2] <= MAX_MEDIAN_TURNS
