"""Which messages are read again with the subject of the last answer before them."""

from __future__ import annotations

from typing import Any

import pytest

from components.understanding.message_in_full import MAX_WORDS, in_context


def after(topic: str, detail: str | None = None, **slots: Any) -> dict[str, Any]:
    answer = f"utter_{topic}/{detail}" if detail else f"utter_{topic}"
    return {"topic": topic, "topic_detail": detail, "turn_plan": [answer, "utter_referral"], **slots}


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        (after("ask_treatment_options", "minoxidil_shedding"), ["minoxidil shedding: nine weeks now"]),
        (after("ask_hair_loss_cause"), ["hair loss cause: nine weeks now"]),
        (after("ask_cost", "refund"), ["cost refund: nine weeks now"]),
        (after("book_consultation", "hours"), ["book consultation hours: nine weeks now"]),
        (after("ask_cost", turn_plan=["utter_thank"]), []),
        (after("ask_cost", requested_slot="age"), []),
        ({}, []),
    ],
)
def test_a_message_gets_the_subject_of_the_last_answer(slots: dict[str, Any], expected: list[str]) -> None:
    assert in_context("nine weeks now", slots) == expected


def test_a_long_message_says_what_it_is_about() -> None:
    assert in_context("word " * MAX_WORDS, after("ask_cost"))
    assert not in_context("word " * (MAX_WORDS + 1), after("ask_cost"))
    assert not in_context("...", after("ask_cost"))
