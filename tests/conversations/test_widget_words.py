"""The widget's own buttons beside a question of the check do what they say, in every language."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from runtime.paths import ROOT
from tests.support.assistant import Assistant, Conversation
from tests.support.client import Message, kinds

STRINGS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "widget" / "strings").glob("*.js")}
# How a check starts, and what goes on to the next question.
STARTS = {"en": ("am i a candidate", "yes"), "es": ("¿soy candidata?", "sí")}
ANSWERS = {"en": "not sure", "es": "no sé"}


def asides(language: str) -> dict[str, str]:
    """Returns the titles of the buttons beside a question, by the intent that each stands for."""
    (listed,) = re.findall(r"asides: \{(.*)\}", STRINGS[language])
    return dict(re.findall(r'(\w+): "([^"]+)"', listed))


def as_words(title: str, intent: str) -> str:
    """What is sent as long as the visitor has not agreed that we keep anything."""
    return title


def as_payload(title: str, intent: str) -> str:
    return f"/{intent}"


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
@pytest.mark.parametrize("sent", [as_words, as_payload])
def test_the_buttons_beside_a_question_do_what_they_say(
    assistant: Assistant, sent: Callable[[str, str], str], language: str, answered: int
) -> None:
    titles = asides(language)
    why, back, stop = (sent(titles[intent], intent) for intent in ("explain_question", "go_back", "stop"))
    talk, asked = in_check(assistant, language, answered)
    assert kinds(talk.say(why)) == [f"answer explain_{asked}", f"question {asked}"]
    _, before = in_check(assistant, language, max(0, answered - 1))
    assert question(talk.say(back)) == before
    assert kinds(talk.say(stop))[0] == "notice"
    assert "question" not in " ".join(kinds(talk.say(why)))


def test_a_pressed_button_does_not_tell_the_language(assistant: Assistant) -> None:
    """On an English page, the buttons are English in a Spanish conversation, too."""
    talk, _ = in_check(assistant, "es", answered=1)
    for intent in asides("en"):
        assert {reply["metadata"]["language"] for reply in talk.say(f"/{intent}")} == {"es"}
