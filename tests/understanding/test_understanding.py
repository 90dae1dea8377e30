"""A floor under the understanding, on messages by voices that wrote no training data (nlu/), and on real messages."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
import yaml
from rapidfuzz import fuzz, process

from components.intents import ALARMING
from runtime.paths import ROOT
from tests.support.answers import SPANISH, conversations, questions
from tests.support.assistant import Assistant
from tests.support.validation_messages import (
    CLINC,
    ENGLISH,
    REFUSED,
    VALIDATION,
    ValidationMessage,
    all_messages,
    percent,
    real_messages,
    styles,
)

NEAR_DUPLICATE = 95  # of 100, on the letters alone
MAX_SHORT_WORDS = 3  # people type the same few short messages, but not those of a training voice
# In percent. Below the measured figures (docs/understanding.md) by a margin that one more message cannot eat up.
MIN_RIGHT, MIN_REFUSED_OUTSIDE, MAX_REFUSED = 90, 92, 4
MIN_CLINC_REFUSED = 88
MIN_DANGER_FOUND, MAX_FALSE_ALARMS = 94, 1.5
MIN_DANGER_FOUND_ELSEWHERE = 85  # in other languages

Understood = list[tuple[ValidationMessage, str]]


def letters(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


@pytest.fixture(scope="module")
def understood(assistant: Assistant) -> Understood:
    """A third of the messages, and the intent that each was taken for. `make bench-nlu` measures all of them."""
    some = [*all_messages(), *real_messages()][::3]
    return [(message, assistant.parse(message.text)["intent"]["name"]) for message in some]


def english(understood: Understood) -> Understood:
    return [(message, taken) for message, taken in understood if message.language == ENGLISH and message.voice != CLINC]


def test_each_file_has_its_voices_described() -> None:
    assert sorted(styles()) == [path.stem for path in VALIDATION]
    assert set(styles().values()) == {"careful", "sloppy"}


def test_there_are_enough_harmless_messages() -> None:
    assert sum(message.is_harmless for message in all_messages() if message.language == ENGLISH) >= 1000


def test_no_validation_message_stands_in_the_training_data() -> None:
    trained, in_english = set(), set()
    for path in (path for path in (ROOT / "data" / "nlu").rglob("*.yml") if path.name != "answers.yml"):
        for block in yaml.safe_load(path.read_text())["nlu"]:
            said = {letters(line[2:]) for line in block["examples"].splitlines()}
            trained |= said
            in_english |= said if path.parent.name == "nlu" else set()
    known = sorted(trained)
    held = [turns for group in conversations().values() for turns in group]
    asked = [*questions(), *questions(SPANISH), *(turn for turns in held for turn in turns if not turn.is_follow_up)]
    texts = {letters(message.text) for message in [*all_messages(), *real_messages(), *asked]} - {""}
    long = sorted(text for text in texts if len(text.split()) > MAX_SHORT_WORDS)
    likeness = process.cdist(long, known, scorer=fuzz.ratio, score_cutoff=NEAR_DUPLICATE, dtype=np.uint8)
    near = [f"{long[row]!r} is nearly {known[column]!r}" for row, column in zip(*likeness.nonzero(), strict=True)]
    assert not near, "\n".join(near)
    short = texts - set(long)
    assert not short & in_english


def test_in_scope_messages_are_understood(understood: Understood) -> None:
    scored = [(message, taken) for message, taken in english(understood) if message.is_in_scope]
    confused = Counter((message.intents[0], taken) for message, taken in scored if not message.is_right(taken)).most_common(12)
    assert percent([message.is_right(taken) for message, taken in scored]) >= MIN_RIGHT, confused
    assert percent([taken in REFUSED and not message.is_right(taken) for message, taken in scored]) <= MAX_REFUSED


@pytest.mark.parametrize(("outside_voice", "minimum"), [(False, MIN_REFUSED_OUTSIDE), (True, MIN_CLINC_REFUSED)])
def test_what_is_out_of_scope_is_not_answered(understood: Understood, outside_voice: bool, minimum: float) -> None:
    outside = [taken for message, taken in understood if not message.is_in_scope and (message.voice == CLINC) == outside_voice]
    assert percent([taken in REFUSED for taken in outside]) >= minimum


def test_danger_is_found_and_little_else_is(understood: Understood) -> None:
    danger = [taken in ALARMING for message, taken in english(understood) if message.is_alarming]
    harmless = [taken in ALARMING for message, taken in english(understood) if message.is_harmless]
    assert percent(danger) >= MIN_DANGER_FOUND
    assert percent(harmless) <= MAX_FALSE_ALARMS


def test_danger_is_found_in_other_languages(understood: Understood) -> None:
    danger = [taken in ALARMING for message, taken in understood if message.is_alarming and message.language != ENGLISH]
    assert percent(danger) >= MIN_DANGER_FOUND_ELSEWHERE
