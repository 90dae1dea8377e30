"""What the replies to danger say: first what to do, in few words, with the right line, and nothing to sell."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from components.dialogue.danger import CALM_KINDS, REMINDERS, TAKEN_BACK_REMINDER
from components.dialogue.messages import ResponseRequest, message
from components.dialogue.texts import Texts, Variant
from components.intents import DANGERS
from runtime.clinic import COUNTRIES, Clinic
from runtime.shapes import Message
from tests.unit.dialogue.all_responses import ALL_RESPONSES

MAX_WORDS, MAX_WORDS_OF_AN_EMERGENCY, MAX_WORDS_OF_A_REMINDER = 70, 55, 35
REPORTS = [f"utter_{intent}" for intent in DANGERS]
CRISIS, ABUSE = "utter_express_self_harm", "utter_report_abuse"
SELLS = re.compile(r"\{(clinic_\w+|booking_link|finder\w*)\}|\bappointment with (us|this clinic)\b|\bbook\b")
AMOUNT = re.compile(r"\b\d+ ?(mg|g|ml|tablets?|pills?)\b(?! tablet)", re.I)
START_OR_STOP = re.compile(r"(?<!to )(?<!t )\b(stop|start) (taking|using|it\b)", re.I)


def variants(*names: str) -> Iterator[tuple[str, str, Variant]]:
    for name in names:
        for variant in ALL_RESPONSES[name]:
            yield name, next((condition["value"] for condition in variant.get("condition", [])), ""), variant


def shown(name: str, country: str = "US", **slots: str) -> Message:
    found = message(ResponseRequest(name, Texts(ALL_RESPONSES, Clinic(country=country)), slots))
    assert found
    return found


def words(text: str) -> int:
    return len(Texts(ALL_RESPONSES, Clinic()).fill(text).split())


def test_no_reply_is_longer_than_somebody_in_danger_can_read() -> None:
    for name, kind, variant in variants(*REPORTS):
        limit = MAX_WORDS_OF_AN_EMERGENCY if name == "utter_report_emergency" else MAX_WORDS
        assert words(variant["text"]) <= limit, (name, kind)
    for name in REMINDERS.values():
        for _, kind, variant in variants(name):
            assert words(variant["text"]) <= MAX_WORDS_OF_A_REMINDER, (name, kind)


def test_nothing_is_sold_and_no_amount_is_named() -> None:
    for name, kind, variant in variants(*REPORTS, *REMINDERS.values(), "utter_after_reaction_referral", "utter_rather_careful"):
        assert not SELLS.search(variant["text"]), (name, kind)
        assert not AMOUNT.search(variant["text"]), (name, kind)
        assert not START_OR_STOP.search(variant["text"]), (name, kind)


def test_in_a_crisis_the_line_has_the_last_word() -> None:
    for name, line in ((CRISIS, "{crisis_line}."), (ABUSE, "{abuse_line}.")):
        for _, kind, variant in variants(name):
            assert variant["text"].rstrip().endswith(line), (name, kind)
            assert "board-certified dermatologist" in variant["text"], (name, kind)


def test_who_is_in_danger_is_told_first_what_to_do() -> None:
    for kind in ("someone_else", "lethal_amount"):
        first = shown(CRISIS, danger_kind=kind)["text"].split(".")[0]
        assert "call" in first, kind
    assert shown(ABUSE)["text"].startswith("In immediate danger, call 911 now.")


def test_whoever_worries_about_somebody_hears_what_they_can_do() -> None:
    text = shown(CRISIS, danger_kind="someone_else")["text"]
    for step in ("Stay with them", "Ask directly", "out of reach", "988"):
        assert step in text
    assert "about them" in shown(REMINDERS["crisis"], reminder_kind="someone_else")["text"]
    assert "stay with them" in shown("utter_report_emergency", danger_kind="someone_else")["text"]


def test_who_asks_for_a_lethal_amount_gets_help_and_none() -> None:
    text = shown(CRISIS, danger_kind="lethal_amount")["text"]
    assert "Poison Help" in text
    assert "I don't give amounts" in text


def test_a_death_is_met_with_a_condolence_and_no_alarm() -> None:
    found = shown(CRISIS, danger_kind="bereaved")
    assert found["text"].startswith("I'm so sorry for your loss.")
    assert "danger" not in found["metadata"]
    assert found["metadata"]["kind"] == "referral"
    assert "emergency" not in found["text"]


@pytest.mark.parametrize(
    "kind", ["infection_signs", "spreading", "lumps", "rash", "heart_or_swelling", "shedding", "finasteride_mood"]
)
def test_a_reaction_that_must_be_seen_today_says_so(kind: str) -> None:
    found = shown("utter_report_reaction", danger_kind=kind)
    assert found["metadata"]["kind"] == "emergency"
    assert "today" in found["text"].lower()
    assert "911" in found["text"]


@pytest.mark.parametrize("kind", sorted(CALM_KINDS - {"bereaved"}))
def test_a_reaction_for_the_prescriber_is_a_plain_answer(kind: str) -> None:
    found = shown("utter_report_reaction", danger_kind=kind)
    assert found["metadata"]["kind"] == "answer"
    assert found["metadata"]["topic"] == "report_reaction"
    assert found["text"].startswith("Within the next few days, tell the clinician who prescribed")
    assert "911" not in found["text"]
    assert ("988" in found["text"]) == (kind == "low_mood")


@pytest.mark.parametrize("kind", ["sexual_effects", "early_shedding"])
def test_nobody_is_told_to_stop_a_medicine(kind: str) -> None:
    assert "don't stop or change a prescribed medicine on your own" in shown("utter_report_reaction", danger_kind=kind)["text"]


def test_low_mood_on_finasteride_is_answered_as_the_european_regulator_advises() -> None:
    text = shown("utter_report_reaction", danger_kind="low_mood")["text"]
    assert "today if it's getting worse or you feel hopeless" in text
    for kind in ("low_mood", "finasteride_mood"):
        text = shown("utter_report_reaction", danger_kind=kind)["text"]
        assert "(EMA)" in text
        assert "to stop it and get medical advice" in text
        assert "don't stop" not in text


def test_the_emergency_number_comes_first() -> None:
    for name, kind, variant in variants(*REPORTS, "utter_assessment"):
        if "danger" not in variant["metadata"]:
            continue
        opening = next(text for text in re.split(r"(?<=[.]) |\n", variant["text"]) if not text.startswith("I'm so sorry"))
        assert "call {emergency_number} now" in opening.replace("Call", "call"), (name, kind)


def test_nothing_calls_the_hair_of_a_visitor_the_hair() -> None:
    said = [variant["text"] for entries in ALL_RESPONSES.values() for variant in entries]
    assert not [text for text in said if re.search(r"\b(help with|look at|about) the hair\b(?! loss)", text)]


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_the_hotline_for_abuse_is_the_countrys(country: str) -> None:
    text = shown(ABUSE, country)["text"]
    assert COUNTRIES[country]["abuse_line"] in text
    assert COUNTRIES[country]["crisis_line"] not in text
    number = COUNTRIES[country]["abuse_phone"]
    assert number in COUNTRIES[country]["abuse_line"] if number else country in ("CA", "other")
    assert COUNTRIES[country]["abuse_site"] in COUNTRIES[country]["abuse_line"], "every language sends people to the same place"


def test_only_an_alarm_that_can_be_taken_back_has_the_button_for_it() -> None:
    button = {"title": "That is not happening now", "payload": '/deny{"danger_kind": "false_alarm"}'}
    doubtful = {"danger": "emergency", "danger_basis": "classifier"}
    for name in ("utter_report_emergency", "utter_danger_reminder_emergency"):
        assert shown(name, **doubtful)["buttons"] == [button]
        assert "buttons" not in shown(name, **{**doubtful, "danger_basis": "pattern"})
    assert "buttons" not in shown(CRISIS, danger="crisis", danger_basis="classifier")


def test_what_stays_after_a_false_alarm_is_one_short_line() -> None:
    found = shown(TAKEN_BACK_REMINDER)
    assert found["metadata"] == {"kind": "notice", "sources": [], "language": "en"}
    assert words(found["text"]) < min(words(variant["text"]) for _, _, variant in variants(*REMINDERS.values()))
    assert "911" in found["text"]
    assert "911" in shown("utter_alarm_taken_back")["text"]
