"""Variants, placeholders and titles of the written texts, and what the texts say of danger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from components.dialogue.danger import REMINDERS
from components.dialogue.facts import AS_OF
from components.dialogue.texts import Texts, Variant, fixed_text
from runtime.clinic import Clinic
from tests.unit.dialogue.all_responses import ALL_RESPONSES


def when(slot: str, value: str) -> list[dict[str, Any]]:
    return [{"type": "slot", "name": slot, "value": value}]


MADE: dict[str, list[Variant]] = {
    "utter_x": [
        {"text": "a", "condition": [*when("topic", "ask_cost"), *when("danger", "crisis")]},
        {"text": "b", "condition": when("topic", "ask_cost")},
        {"text": "c"},
        {"text": "d", "metadata": {"title": "Press me"}},
    ]
}


@pytest.mark.parametrize(
    ("slots", "text"),
    [({"topic": "ask_cost", "danger": "crisis"}, "a"), ({"topic": "ask_cost"}, "b"), ({"danger": "crisis"}, "cd"), ({}, "cd")],
)
def test_the_first_variant_whose_conditions_hold(slots: dict[str, str], text: str) -> None:
    texts = Texts(MADE, Clinic())
    assert {texts.variant("utter_x", {**slots, "referrals": turn})["text"] for turn in range(4)} == set(text)


def test_texts_for_the_same_situation_take_turns() -> None:
    texts = Texts(MADE, Clinic())
    assert [texts.variant("utter_x", {"referrals": turn})["text"] for turn in range(4)] == ["c", "d", "c", "d"]


def test_the_title_may_stand_with_any_variant() -> None:
    texts = Texts(MADE, Clinic())
    assert texts.title("utter_x") == "Press me"
    assert texts.title("utter_y") is None
    assert "utter_x" in texts
    assert "utter_y" not in texts


def test_placeholders() -> None:
    texts = Texts(ALL_RESPONSES, Clinic(name="Example", phone="555 0100 00"))
    filled = texts.fill("Call {emergency_number}, or {clinic_contact}; {no_such_word}.")
    assert filled == "Call 911, or call Example at 555 0100 00; {no_such_word}."


@pytest.mark.parametrize(
    ("clinic", "contact"),
    [
        (Clinic(), "use the public finder at "),
        (Clinic(phone="555 0100 00"), "call this clinic at 555 0100 00"),
        (Clinic(booking_link="https://example.com/b"), "book a visit with this clinic at https://example.com/b"),
        (
            Clinic(name="Ex", phone="555 0100 00", booking_link="https://example.com/b"),
            "call Ex at 555 0100 00 or book a visit at https://example.com/b",
        ),
    ],
)
def test_how_to_reach_someone(clinic: Clinic, contact: str) -> None:
    assert Texts(ALL_RESPONSES, clinic).words["clinic_contact"].startswith(contact)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", ["utter_check_candidacy", "utter_check_cleared", "utter_ask_privacy"])
def test_what_is_said_about_storing_names_the_clinics_time(name: str, language: str) -> None:
    assert " 41 " in Texts(ALL_RESPONSES, Clinic(retention_hours=41), language).text(name)


def test_the_month_until_which_we_know_approvals() -> None:
    assert Texts(ALL_RESPONSES, Clinic()).fill("{as_of} nothing is.") == f"As of {AS_OF}, nothing is."


def test_a_fixed_text_needs_no_conversation() -> None:
    assert "911" in fixed_text("utter_safe_text")
    assert "{" not in fixed_text("utter_safe_text")


def all_metadata() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, variants in ALL_RESPONSES.items():
        for variant in variants:
            yield name, variant["metadata"]


def test_whatever_answers_danger_says_so() -> None:
    """Without it the widget neither announces the message at once nor shows the numbers to tap."""
    for name, metadata in all_metadata():
        if metadata.get("kind") in ("emergency", "crisis"):
            assert metadata.get("danger") == ("reminder" if name in REMINDERS.values() else "report"), name
        elif name != "utter_assessment":
            assert "danger" not in metadata, name
    assert set(REMINDERS.values()) <= set(ALL_RESPONSES)


def test_a_result_of_urgent_care_reminds_of_danger_and_no_other_does() -> None:
    results = ALL_RESPONSES["utter_assessment"]
    said = {result["condition"][0]["value"]: result["metadata"].get("danger") for result in results if "condition" in result}
    assert len(said) == 5
    assert {outcome for outcome, danger in said.items() if danger} == {"urgent_care"}
    assert said["urgent_care"] == "reminder"
