"""What the widget's own buttons say beside a question of the check is understood, in every language."""

from __future__ import annotations

import re

import pytest

from runtime.paths import ROOT
from tests.support.assistant import Assistant, Conversation
from tests.support.client import Message, kinds

STRINGS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "widget" / "strings").glob("*.js")}
# How a check starts, and what goes on to the next question.
STARTS = {"en": ("am i a candidate", "yes"), "es": ("¿soy candidata?", "sí")}
ANSWERS = {"en": "not sure", "es": "no sé"}


def asides(language: str) -> list[str]:
    """Returns the titles of the buttons that ask why, go back and stop."""
    (listed,) = re.findall(r"asides: \[(.*)\]", STRINGS[language])
    return re.findall(r'"([^"]+)"', listed)


def in_check(assistant: Assistant, language: str, answered: int) -> tuple[Conversation, str]:
    """Returns a conversation whose check has got `answered` answers, and the question that is open now."""
    talk = assistant.talk()
    for said in (*STARTS[language], *[ANSWERS[language]] * answered):
        replies = talk.say(said)
    return talk, question(replies)


def question(replies: list[Message]) -> str:
    kind, _, name = kinds(replies)[-1].partition(" ")
    assert kind == "question", kinds(replies)
    return name


def test_every_language_of_the_widget_is_tried() -> None:
    assert STRINGS.keys() == STARTS.keys()


@pytest.mark.parametrize("answered", range(4))
@pytest.mark.parametrize("language", STARTS)
def test_the_buttons_beside_a_question_do_what_they_say(assistant: Assistant, language: str, answered: int) -> None:
    why, back, stop = asides(language)
    talk, asked = in_check(assistant, language, answered)
    assert kinds(talk.say(why)) == [f"answer explain_{asked}", f"question {asked}"]
    _, before = in_check(assistant, language, max(0, answered - 1))
    assert question(talk.say(back)) == before
    assert kinds(talk.say(stop))[0] == "notice"
    assert "question" not in " ".join(kinds(talk.say(why)))
