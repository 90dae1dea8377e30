"""A floor under the understanding, on messages by voices that wrote no training data (nlu/)."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import yaml
from rapidfuzz import fuzz, process

from runtime.paths import ROOT
from tests.support.assistant import Assistant
from tests.support.validation_messages import DANGERS, REFUSED, VALIDATION, messages

NEAR_DUPLICATE = 95  # of 100, on the letters alone
# Below the measured figures (docs/understanding.md) by a margin that one more message cannot eat up.
MIN_RIGHT, MIN_CAUGHT, MAX_REFUSED = 0.85, 0.88, 0.05
MIN_DANGER_FOUND, MAX_FALSE_ALARMS = 0.92, 0.02


def letters(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


@pytest.fixture(scope="module")
def understood(assistant: Assistant) -> list[tuple[str, str, str]]:
    """For each validation message its file, its intent and what it was taken for."""
    return [
        (path.stem, intent, assistant.parse(text)["intent"]["name"]) for path in VALIDATION for intent, text in messages(path)
    ]


def test_there_are_enough_messages() -> None:
    assert sum(len(messages(path)) for path in VALIDATION) >= 600


def test_no_validation_message_stands_in_the_training_data() -> None:
    trained = set()
    for path in set((ROOT / "data" / "nlu").glob("*.yml")) - {ROOT / "data" / "nlu" / "answers.yml"}:
        trained |= {letters(line[2:]) for line in yaml.safe_load(path.read_text())["nlu"][0]["examples"].splitlines()}
    by_length = sorted(trained)
    near = []
    for path in VALIDATION:
        for _, text in messages(path):
            plain = letters(text)
            if len(plain.split()) > 3:
                found = process.extractOne(plain, by_length, scorer=fuzz.ratio, score_cutoff=NEAR_DUPLICATE)
                near += [f"{path.stem}: {text!r} is nearly {found[0]!r}"] if found else []
            elif plain in trained:
                near.append(f"{path.stem}: {text!r}")
    assert not near, "\n".join(near)


def test_in_scope_messages_are_understood(understood: list[tuple[str, str, str]]) -> None:
    scored = [(intent, taken) for _, intent, taken in understood if intent != "out_of_scope"]
    right = sum(intent == taken for intent, taken in scored) / len(scored)
    refused = sum(taken in REFUSED for _, taken in scored) / len(scored)
    confused = Counter((intent, taken) for intent, taken in scored if intent != taken).most_common(12)
    assert right >= MIN_RIGHT, f"{right:.3f}: {confused}"
    assert refused <= MAX_REFUSED, f"{refused:.3f}"


def test_what_is_out_of_scope_is_not_answered(understood: list[tuple[str, str, str]]) -> None:
    outside = [taken for _, intent, taken in understood if intent == "out_of_scope"]
    assert sum(taken in REFUSED for taken in outside) / len(outside) >= MIN_CAUGHT


def test_danger_is_found_and_little_else_is(understood: list[tuple[str, str, str]]) -> None:
    danger = [taken in DANGERS for _, intent, taken in understood if intent in DANGERS]
    others = [taken in DANGERS for _, intent, taken in understood if intent not in DANGERS | {"report_reaction"}]
    assert sum(danger) / len(danger) >= MIN_DANGER_FOUND
    assert sum(others) / len(others) <= MAX_FALSE_ALARMS
