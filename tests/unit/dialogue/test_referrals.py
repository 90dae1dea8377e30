"""The referral at the end of a turn: short after the first, fitting, and never the same twice running."""

from __future__ import annotations

from typing import Any

import pytest

from components.dialogue.parsed_message import ParsedMessage
from components.dialogue.referrals import KINDS, referral_kind, referral_slots
from components.dialogue.texts import Texts
from components.understanding.mentions import Mention
from runtime.clinic import Clinic
from tests.unit.dialogue.all_responses import ALL_RESPONSES

MAX_WORDS = 14
DERMATOLOGIST = "board-certified dermatologist"
CHILD = Mention("group", "under_18", 0, 1)
BOTH = ["utter_referral", "utter_referral_short"]


def kind(intent: str = "ask_cost", *mentions: Mention, **slots: Any) -> str | None:
    return referral_kind(ParsedMessage(intent, "...", mentions), slots)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (kind(), None),
        (kind("thank"), "no_rush"),
        (kind("goodbye"), "no_rush"),
        (kind("express_distress"), "no_rush"),
        (kind("complain"), "small_talk"),
        (kind("out_of_scope"), "small_talk"),
        (kind("ask_cost", CHILD), "child"),
        (kind("thank", CHILD), "child"),
        (kind(topic_condition="under_18"), "child"),
        (kind(age="16"), "child"),
        (kind(age="18"), None),
        (kind(age="declined"), None),
        (kind("thank", danger="reaction"), "care_first"),
        (kind("ask_cost", CHILD, danger="emergency"), "care_first"),
        (kind(candidacy_outcome="urgent_care"), "care_first"),
        (kind(danger="crisis"), "no_rush"),
        (kind(danger="abuse"), "no_rush"),
    ],
)
def test_the_situation(found: str | None, expected: str | None) -> None:
    assert found == expected


def test_a_child_that_is_denied_is_none() -> None:
    assert kind("ask_cost", Mention("group", "under_18", 0, 1, "denied")) is None


def test_the_referrals_are_counted() -> None:
    first = referral_slots(ParsedMessage("thank", "..."), {})
    assert first == {"referrals": 1, "referral_kind": "no_rush"}
    assert referral_slots(ParsedMessage("ask_cost", "..."), first) == {"referrals": 2, "referral_kind": None}


@pytest.mark.parametrize("name", BOTH)
def test_every_referral_names_the_dermatologist_once_and_claims_nothing_alone(name: str) -> None:
    for variant in ALL_RESPONSES[name]:
        assert variant["text"].count(DERMATOLOGIST) == 1
        assert "only" not in variant["text"].lower().split()


def test_the_later_ones_are_short() -> None:
    lengths = {variant["text"]: len(variant["text"].split()) for variant in ALL_RESPONSES["utter_referral_short"]}
    assert not {text: length for text, length in lengths.items() if length > MAX_WORDS}


@pytest.mark.parametrize("value", [None, *KINDS])
def test_no_sentence_comes_twice_running(value: str | None) -> None:
    texts = Texts(ALL_RESPONSES, Clinic())
    said = [texts.text("utter_referral_short", {"referral_kind": value, "referrals": number}) for number in range(2, 12)]
    assert all(one != next_one for one, next_one in zip(said, said[1:], strict=False))


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("slots", [{"referral_kind": "care_first"}, {"candidacy_outcome": "urgent_care"}])
def test_what_must_be_seen_today_comes_first(name: str, slots: dict[str, str]) -> None:
    texts = Texts(ALL_RESPONSES, Clinic())
    for number in range(6):
        assert "seen" in texts.text(name, {**slots, "referrals": number})
