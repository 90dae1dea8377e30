"""The date is given once in a conversation, and the sentences stay whole without it."""

from __future__ import annotations

from typing import Any

import pytest

from components.dialogue.dates import date_slot, with_date_if_due, with_date_once, without_date
from tests.unit.dialogue.made_responses import MADE_RESPONSES


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("{as_of} no product is approved.", "No product is approved."),
        ("Early days. {as_of} exosomes aren't approved.", "Early days. Exosomes aren't approved."),
        ("One.\n{as_of} two. {as_of} three.", "One.\nTwo. Three."),
        ("{as_of} 11 studies.", "11 studies."),
        ("Nothing to date.", "Nothing to date."),
    ],
)
def test_a_sentence_without_its_date(text: str, without: str) -> None:
    assert without_date(text) == without


def test_one_text_gives_the_date_once() -> None:
    assert with_date_once("{as_of} one. {as_of} two.") == "{as_of} one. Two."
    assert with_date_once("None.") == "None."


@pytest.mark.parametrize(
    ("given", "is_dated", "gives"),
    [
        (None, False, True),
        ("utter_x", False, True),
        ("utter_y", False, False),
        ("earlier", False, False),
        ("earlier", True, True),
    ],
)
def test_whose_turn_it_is(given: str | None, is_dated: bool, gives: bool) -> None:
    text = with_date_if_due("{as_of} one.", "utter_x", is_dated, {"date_given": given})
    assert text == ("{as_of} one." if gives else "One.")


def given(*actions: str, **slots: Any) -> str | None:
    value = date_slot(actions, slots, MADE_RESPONSES)["date_given"]
    assert value is None or isinstance(value, str)
    return value


def test_the_first_response_that_says_it_gives_the_date() -> None:
    assert given("utter_thank", "utter_ask_cost", "utter_ask_cost/refund") == "utter_ask_cost/refund", (
        "the first one is shortened"
    )
    assert given("utter_ask_cost", "utter_referral") == "utter_ask_cost"
    assert given("utter_thank") is None
    assert given("action_assess_candidacy") is None


def test_a_later_turn_does_not_give_it_again() -> None:
    assert given("utter_ask_cost", date_given="utter_ask_cost") == "earlier"
    assert given("utter_thank", date_given="earlier") == "earlier"


def test_the_variant_that_is_said_counts() -> None:
    assert given("utter_ask_cost", topic_condition="women") is None
