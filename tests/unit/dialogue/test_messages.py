"""The message for each kind of response: text, metadata, buttons."""

from __future__ import annotations

from typing import Any

import pytest

from actions.questionnaire import VALUES
from components.dialogue.messages import ResponseRequest, message, with_danger
from components.dialogue.texts import Texts
from runtime.clinic import Clinic
from runtime.shapes import Message
from tests.unit.dialogue.all_responses import ALL_RESPONSES


def made(name: str, clinic: Clinic | None = None, likely: tuple[str, ...] = (), **slots: Any) -> Message:
    found = message(ResponseRequest(name, Texts(ALL_RESPONSES, clinic or Clinic()), slots, likely))
    assert found
    return found


def titles(found: Message) -> list[str]:
    return [button["title"] for button in found.get("buttons", [])]


def test_what_is_no_response_makes_no_message() -> None:
    assert message(ResponseRequest("action_answer", Texts(ALL_RESPONSES, Clinic()), {})) is None


def test_an_answer_has_its_topic_its_sources_and_what_may_be_asked_next() -> None:
    found = made("utter_ask_cost")
    assert found["metadata"]["kind"] == "answer"
    assert found["metadata"]["topic"] == "ask_cost"
    assert found["metadata"]["sources"]
    assert "danger" not in found["metadata"]
    first, *others = found["buttons"]
    assert first == {"title": "Tell me more", "payload": "/ask_more_detail"}
    offered = {'/ask_cost{"detail": "whole_course"}', "/ask_insurance", '/ask_treatment_options{"detail": "other_prices"}'}
    assert offered == {button["payload"] for button in others}


def test_a_longer_answer_has_the_same_topic_and_no_still_longer_one() -> None:
    found = made("utter_ask_cost_more")
    assert found["metadata"]["topic"] == "ask_cost"
    assert "Tell me more" not in titles(found)


def test_an_answer_again_is_how_it_begins_with_its_sources() -> None:
    said = ["utter_ask_cost", "utter_ask_pain/after"]
    whole, again = made("utter_ask_pain/after"), made("utter_said_again", said=said, topic="ask_pain", topic_detail="after")
    assert len(again["text"]) < len(whole["text"])
    assert whole["text"].partition(".")[0] in again["text"]
    assert again["metadata"]["sources"] == whole["metadata"]["sources"]
    assert again["metadata"]["kind"] == "smalltalk"
    assert again["buttons"]


def test_what_is_urgent_in_an_answer_is_said_again_as_well() -> None:
    said = ["utter_ask_side_effects/is_it_normal"]
    again = made("utter_said_again", said=said, topic="ask_side_effects", topic_detail="is_it_normal")
    assert "call 911 now" in again["text"]


def test_an_answer_in_short_is_its_first_sentence_and_what_is_urgent() -> None:
    said = ["utter_ask_side_effects/is_it_normal"]
    short = made("utter_in_short", said=said, topic="ask_side_effects", topic_detail="is_it_normal")
    assert "call 911 now" in short["text"]
    assert short["text"].count(".") == 2
    assert short["metadata"]["sources"]


@pytest.mark.parametrize("name", ["utter_ask_pain/after", "utter_ask_cost_more"])
def test_what_has_no_text_names_the_last_answer(name: str) -> None:
    lost = made("utter_not_exactly", said=[name])
    title = ALL_RESPONSES[name.removesuffix("_more")][0]["metadata"]["title"]
    assert f"“{title}”" in lost["text"]


def test_the_clinics_own_prices_follow_the_answer_about_the_cost() -> None:
    clinic = Clinic(name="Ex", prices=["$1", "$2"])
    assert "Prices that Ex gives: $1; $2." in made("utter_ask_cost", clinic)["text"]
    assert "$2." not in made("utter_ask_insurance", clinic)["text"]
    assert "Prices that" not in made("utter_ask_cost")["text"]


def test_in_a_running_check_only_the_open_question_has_buttons() -> None:
    assert not titles(made("utter_ask_cost", requested_slot="age"))
    bands = ["Under 18", "18 to 29", "30 to 44", "45 to 59", "60 or older"]
    assert titles(made("utter_ask_candidacy_form_age", requested_slot="age")) == [*bands, "Not sure", "Rather not say"]


@pytest.mark.parametrize("danger", [None, "emergency", "crisis", "abuse", "reaction"])
def test_whoever_reported_danger_is_not_asked_to_book(danger: str | None) -> None:
    for name in ("utter_referral", "utter_referral_short"):
        assert bool(made(name, danger=danger).get("buttons")) is (danger is None)


@pytest.mark.parametrize(
    ("name", "kind", "danger", "topic"),
    [
        ("utter_report_emergency", "emergency", "report", "report_emergency"),
        ("utter_report_reaction", "emergency", "report", "report_reaction"),
        ("utter_express_self_harm", "crisis", "report", "express_self_harm"),
        ("utter_danger_reminder_crisis", "crisis", "reminder", "danger_reminder_crisis"),
    ],
)
def test_danger_is_marked_and_offers_nothing_to_press(name: str, kind: str, danger: str, topic: str) -> None:
    found = made(name)
    assert found["metadata"] == {**found["metadata"], "kind": kind, "danger": danger, "topic": topic}
    assert not titles(found)


def test_consent() -> None:
    found = made("utter_check_candidacy", requested_slot="check_consent")
    assert found["metadata"] == {
        **{"kind": "question", "sources": [], "language": "en"},
        **{"slot": "check_consent", "step": 0, "steps": 6},
    }
    assert found["buttons"] == [
        {"title": "Yes, start", "payload": "/affirm"},
        {"title": "No, thank you", "payload": "/deny"},
    ]


def test_a_question_of_the_check_offers_every_answer() -> None:
    found = made("utter_ask_candidacy_form_health_flags", requested_slot="health_flags")
    assert found["metadata"] == {
        **{"kind": "question", "sources": [], "language": "en"},
        **{"slot": "health_flags", "select": "many", "step": 2, "steps": 6},
    }  # fmt: skip
    payloads = [button["payload"] for button in found["buttons"]]
    assert payloads == [f'/inform{{"health_flags": "{value}"}}' for value in VALUES["health_flags"]]
    assert made("utter_ask_candidacy_form_hair_loss_type")["metadata"]["select"] == "one"


@pytest.mark.parametrize("name", ["utter_referral", "utter_referral_short"])
def test_a_referral_links_to_the_clinic_or_to_the_public_finder(name: str) -> None:
    booking = Clinic(booking_link="https://example.com/b")
    assert made(name, booking)["buttons"] == [{"title": "Book a visit", "url": "https://example.com/b"}]
    (finder,) = made(name)["buttons"]
    assert finder["title"] == "Find a dermatologist"
    assert finder["url"].startswith("https://")


def test_in_a_danger_turn_nothing_is_booked() -> None:
    booking = Clinic(booking_link="https://example.com/b")
    assert not titles(made("utter_after_emergency_referral", booking))
    assert not titles(made("utter_care_first", booking, danger="crisis"))


def test_the_check_elsewhere_links_to_the_clinics_chat_where_it_is_known() -> None:
    there = Clinic(chat_page="https://example.com/chat")
    assert made("utter_check_elsewhere", there)["buttons"] == [
        {"title": "Chat on the website", "url": "https://example.com/chat"}
    ]
    assert not titles(made("utter_check_elsewhere"))


def test_what_was_not_understood_offers_the_three_nearest_topics() -> None:
    likely = ("inform", "ask_more_detail", "ask_cost", "affirm", "ask_pain", "check_candidacy", "ask_evidence")
    found = made("utter_nlu_fallback", likely=likely)
    assert [button["payload"] for button in found["buttons"]] == ["/ask_cost", "/ask_pain", "/check_candidacy"]
    assert not titles(made("utter_nlu_fallback"))


@pytest.mark.parametrize(
    ("metadata", "danger"),
    [
        ({"kind": "emergency", "topic": "report_emergency"}, "report"),
        ({"kind": "crisis", "topic": "express_self_harm"}, "report"),
        ({"kind": "emergency", "topic": "danger_reminder_emergency"}, "reminder"),
        ({"kind": "assessment", "outcome": "urgent_care"}, "reminder"),
        ({"kind": "assessment", "outcome": "not_now"}, None),
        ({"kind": "answer", "topic": "ask_cost"}, None),
        ({"kind": "emergency", "topic": "report_emergency", "danger": "reminder"}, "reminder"),
    ],
)
def test_what_version_0_1_stored_is_about_danger_still(metadata: Any, danger: str | None) -> None:
    assert with_danger({"text": "...", "metadata": metadata}).get("metadata", {}).get("danger") == danger
