"""How much of what is private is masked, and how little of what isn't, on the messages of tests/privacy/."""

from __future__ import annotations

import pytest

from tests.support.masking_figures import LENGTHS, MESSAGE, SETS, Figures, lines, measure, seconds

MIN_CAUGHT, MAX_TOUCHED = 0.95, 0.01
MAX_SECONDS = dict(zip(LENGTHS, (0.0005, 0.020), strict=True))
SLACK = 3  # times as long, since the machine that runs the tests may be slow or busy


@pytest.fixture(scope="module", params=SETS)
def figures(request: pytest.FixtureRequest) -> Figures:
    return measure(request.param)


def test_what_is_private_is_caught(figures: Figures) -> None:
    assert figures.caught >= MIN_CAUGHT, figures.missed


def test_what_is_harmless_stays(figures: Figures) -> None:
    assert figures.touched_share <= MAX_TOUCHED, figures.touched


def test_there_are_enough_messages() -> None:
    assert sum(len(lines(f"private{which}")) for which in SETS) >= 150
    assert sum(len(lines(f"harmless{which}")) for which in SETS) >= 300


@pytest.mark.parametrize("kind", ["private", "harmless"])
def test_no_message_stands_in_both_halves(kind: str) -> None:
    tuned, held = (set(lines(f"{kind}{which}")) for which in SETS)
    assert not tuned & held


@pytest.mark.parametrize("length", LENGTHS)
def test_a_message_takes_little_time(length: int) -> None:
    assert seconds((MESSAGE * length)[:length]) < MAX_SECONDS[length] * SLACK
