"""The wordings of a false alarm find their own examples, and leave what only sounds like one."""

from __future__ import annotations

import pytest

from components.understanding.false_alarm import WORDINGS, says_so

FOUND = [text for wording in WORDINGS["says_so"] for text in wording["finds"]]
LEFT = [text for wording in WORDINGS["unless"] for text in wording["leaves"]]
HARMLESS = ["how much does it cost", "no", "yes", "/deny", "minoxidil", "is that normal", "when can I come in", "41", ""]
DANGER = ["I can't breathe", "my throat is closing up", "I want to die", "he hits me", "there is pus since my injections"]


@pytest.mark.parametrize("text", FOUND)
def test_a_false_alarm_is_recognised(text: str) -> None:
    assert says_so(text)


@pytest.mark.parametrize("text", [*LEFT, *HARMLESS, *DANGER])
def test_anything_else_is_left_alone(text: str) -> None:
    assert not says_so(text)


@pytest.mark.parametrize("text", FOUND)
@pytest.mark.parametrize("question", ["{}?", "{}, how much is it", "is it true that {}"])
def test_a_question_never_takes_an_alarm_back(text: str, question: str) -> None:
    assert not says_so(question.format(text))


def test_curly_apostrophes_and_capitals_make_no_difference() -> None:
    assert says_so("I’M FINE")


def test_a_long_story_tells_something_new() -> None:
    assert not says_so("I'm fine. " + "and then we went home " * 10)
