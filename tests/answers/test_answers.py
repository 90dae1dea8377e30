"""A floor under the answers: questions and conversations by people who wrote no training data, asked of the real server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from runtime.paths import ROOT
from tests.support.answers import (
    CLINIC_FILE,
    FOLDER,
    SPANISH,
    Answered,
    ask,
    conversations,
    follow_ups_answered,
    questions,
    real_questions,
)
from tests.support.servers import Server, running
from tests.support.validation_messages import percent

# In percent. Below the measured figures (docs/answers.md) by a margin that a few messages cannot eat up.
MIN_ANSWERED, MAX_WRONG_DETAIL = 80, 9
MIN_REAL_ANSWERED, MIN_ANSWERED_IN_SPANISH = 70, 50
MIN_FOLLOW_UPS = 60
EVERY = 3  # we ask every third question here; `make bench-answers` asks all


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    database = tmp_path_factory.mktemp("answers") / "conversations.db"
    with running(database, CLINIC_FILE=str(CLINIC_FILE), RATE_LIMIT="off") as server:
        yield server


@pytest.fixture(scope="module")
def answered(clinic: Server) -> list[Answered]:
    return [ask(clinic, question) for question in questions()[::EVERY]]


def test_each_file_has_its_voice_described() -> None:
    described = yaml.safe_load((FOLDER / "voices.yml").read_text(encoding="utf-8"))
    assert sorted(described) == sorted(path.stem for path in FOLDER.glob("*_*.jsonl"))


def test_there_are_enough_and_half_of_them_are_sloppy() -> None:
    sloppy = [question for question in questions() if question.kind == "sloppy"]
    assert len(questions()) >= 400
    assert len(sloppy) >= len(questions()) / 2
    held = [turns for group in conversations().values() for turns in group]
    assert len(held) >= 40
    assert sum(turn.is_follow_up for turns in held for turn in turns) >= 120


def test_every_expected_answer_exists() -> None:
    names = {name for path in (ROOT / "data" / "responses").glob("*.yml") for name in _responses(path)}
    wanted = {f"utter_{answer}" for question in [*questions(), *questions(SPANISH)] for answer in question.answers}
    assert not wanted - names


def _responses(path: Path) -> set[str]:
    return set(re.findall(r"^  (utter_[\w/]+):", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_questions_are_answered(answered: list[Answered]) -> None:
    assert percent([found.is_answered for found in answered]) >= MIN_ANSWERED


def test_few_get_the_wrong_detail(answered: list[Answered]) -> None:
    assert percent([found.is_wrong_detail for found in answered]) <= MAX_WRONG_DETAIL


def test_real_questions_are_answered(clinic: Server) -> None:
    assert percent([ask(clinic, question).is_answered for question in real_questions()]) >= MIN_REAL_ANSWERED


def test_spanish_questions_are_answered(clinic: Server) -> None:
    answered = [ask(clinic, question) for question in questions(SPANISH)[::EVERY]]
    assert percent([found.is_answered for found in answered]) >= MIN_ANSWERED_IN_SPANISH


def test_follow_ups_are_answered(clinic: Server) -> None:
    some = [turns for group in conversations().values() for turns in group[::EVERY]]
    assert percent([is_answered for turns in some for is_answered in follow_ups_answered(clinic, turns)]) >= MIN_FOLLOW_UPS
