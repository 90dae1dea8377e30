"""Which questions are about a danger that was reported."""

from __future__ import annotations

import pytest

from components.understanding.danger_questions import danger_question


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i don't have insurance, what does an ambulance run", "cost"),
        ("will they bill me", "cost"),
        ("i cant afford it", "cost"),
        ("how much is calling them", "cost"),
        ("is it ok if i drive myself", "getting_there"),
        ("which hospital", "getting_there"),
        ("could it wait until monday", "waiting"),
        ("do i really need to go", "waiting"),
        ("will it go away on its own", "waiting"),
        ("should i take a benadryl first", "medicine"),
        ("would i need antibiotics", "medicine"),
        ("how long will that take at the hospital", "what_happens"),
        ("what will they do to me", "what_happens"),
        ("am i going to be ok? will i die", "what_happens"),
        ("how should i explain it to them", "what_to_say"),
        ("what will they want to know", "what_to_say"),
        ("do you have a number", "number"),
        ("could they admit him", "what_happens"),
        ("would they be open at this hour", "other"),
        ("is there a nicer hair colour", None),
        ("why", "other"),
        ("are you sure about that", "other"),
        ("what do exosomes cost", None),
        ("thanks", None),
        ("can my doctor inject exosomes today", None),
    ],
)
def test_right_after_the_danger(text: str, expected: str | None) -> None:
    assert danger_question(text, is_next=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how much is the emergency room", "cost"),
        ("what happens when i call 988", "what_happens"),
        ("why", None),
        ("can i use ice afterwards", None),
    ],
)
def test_later_it_has_to_name_a_place(text: str, expected: str | None) -> None:
    assert danger_question(text, is_next=False) == expected
