"""What a typed number or word chooses, and how messages are cut and listed."""

from __future__ import annotations

from typing import Any

import pytest

from channels.options import chosen
from channels.platforms.rendering import Style, render, split


def question(slot: str, values: dict[str, str], select: str = "one") -> dict[str, Any]:
    buttons = [{"title": title, "payload": f'/inform{{"{slot}": "{value}"}}'} for value, title in values.items()]
    return {"text": "Which?", "buttons": buttons, "metadata": {"slot": slot, "select": select}}


STAGE = question("hair_loss_stage", {"early": "Early, hardly seen", "moderate": "Clearly thinner"})
FLAGS = question("health_flags", {"past_cancer": "Cancer in the past", "allergy": "Allergy", "none": "None of these"}, "many")
AGE = question("age", {"not_sure": "Not sure", "declined": "Rather not say"})
LINK = {"text": "See one.", "buttons": [{"title": "Book a visit", "url": "https://example.com"}], "metadata": {}}


@pytest.mark.parametrize(
    ("text", "messages", "payload"),
    [
        ("1", [STAGE], '/inform{"hair_loss_stage": "early"}'),
        ("2.", [LINK, STAGE], '/inform{"hair_loss_stage": "moderate"}'),
        (" 2) ", [STAGE, LINK], '/inform{"hair_loss_stage": "moderate"}'),
        ("clearly THINNER.", [STAGE], '/inform{"hair_loss_stage": "moderate"}'),
        ("3", [STAGE], None),
        ("0", [STAGE], None),
        ("-1", [STAGE], None),
        ("99999999999", [STAGE], None),
        ("1 2", [STAGE], None),
        ("1, 2", [FLAGS], '/inform{"health_flags": ["past_cancer", "allergy"]}'),
        ("2 and 1", [FLAGS], '/inform{"health_flags": ["allergy", "past_cancer"]}'),
        ("1 & 1", [FLAGS], '/inform{"health_flags": "past_cancer"}'),
        ("1, 7", [FLAGS], None),
        ("1 + 2 + many", [FLAGS], None),
        ("2", [AGE], None),
        ("not sure", [AGE], '/inform{"age": "not_sure"}'),
        ("book a visit", [LINK], None),
        ("2 weeks", [STAGE], None),
        ("", [STAGE], None),
        ("1", [], None),
    ],
)
def test_what_a_typed_text_chooses(text: str, messages: list[dict[str, Any]], payload: str | None) -> None:
    assert chosen(text, messages) == payload


def test_a_long_text_is_cut_between_sentences_and_nothing_is_lost() -> None:
    text = "\n".join(" ".join(f"This is sentence {number} of line {line}." for number in range(9)) for line in range(20))
    for limit in (80, 160, 640, 1600):
        parts = split(text, limit)
        assert all(len(part) <= limit and part.endswith(".") for part in parts)
        assert " ".join(parts).split() == text.split()
    assert split("x" * 250, 100) == ["x" * 100, "x" * 100, "x" * 50]
    assert split("short", 100) == ["short"]


def test_what_has_no_room_as_buttons_becomes_a_list() -> None:
    few = Style(text=1000, buttons=3, title=20, text_with_buttons=100)
    (age,) = render([AGE], few)
    assert [button["title"] for button in age.buttons] == ["Not sure", "Rather not say"]
    (listed,) = render([STAGE], Style(text=1000, buttons=3, title=10, text_with_buttons=100))
    assert "1. Early, hardly seen\n2. Clearly thinner" in listed.text
    assert not listed.buttons
    (several,) = render([FLAGS], few)
    assert "3. None of these" in several.text, "one press would end a question that takes several answers"
    (unnumbered,) = render([AGE], Style(text=1000))
    assert "1." not in unnumbered.text, "the answer is itself a number"
    first, second = render([STAGE, STAGE], Style(text=1000))
    assert first.text.endswith("2. Clearly thinner")
    assert second.text.endswith("4. Clearly thinner"), "numbers go on over the messages of a turn, as they are read"
