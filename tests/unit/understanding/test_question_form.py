"""Four ways to ask whether a text asks."""

from __future__ import annotations

import pytest

from components.understanding.question_form import has_question_phrase, is_meant_as_question, is_question, opens_as_question


@pytest.mark.parametrize(
    ("text", "phrase", "opens", "question"),
    [
        ("Did it hurt", False, True, True),
        ("and did it hurt", False, True, False),
        ("i was wondering about pain", True, False, True),
        ("HOW MUCH", True, True, True),
        ("i use it, is it safe", True, False, True),
        ("pain?", True, True, True),
        ("any pain", False, True, False),
        ("may i come", False, False, True),
        ("i am 34", False, False, False),
        ("however", False, False, False),
        ("two weeks isn't long enough to say is it", False, False, False),
        ("that's too early isn't it?", False, True, False),
        ("how much is it", True, True, True),
        ("it does not work, what is it", True, False, True),
        ("could be stress", False, True, False),
        ("could it be stress", False, True, True),
        ("i don't know what sort this is", False, False, False),
        ("no idea which one, that's why i came", False, False, False),
        ("not sure what you would call it", False, False, False),
        ("no idea how much it is", True, False, True),
        ("", False, False, False),
    ],
)
def test_forms(text: str, phrase: bool, opens: bool, question: bool) -> None:
    assert (has_question_phrase(text), opens_as_question(text), is_question(text)) == (phrase, opens, question)


def test_a_pressed_button_is_no_question() -> None:
    assert not is_question('/inform{"reply": "why?"}')


@pytest.mark.parametrize(
    ("text", "intent", "in_check", "expected"),
    [
        ("pain", "ask_pain", False, True),
        ("pain", "ask_pain", True, False),
        ("what about pain", "ask_pain", True, True),
        ("an appointment please", "book_consultation", False, True),
        ("what about it", "inform", False, False),
    ],
)
def test_by_the_intent(text: str, intent: str, in_check: bool, expected: bool) -> None:
    assert is_meant_as_question(text, intent, in_check) == expected
