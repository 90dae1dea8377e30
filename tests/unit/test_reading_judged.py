"""How tests/support/candidacy.py judges what the check notes of a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.support.candidacy import Answer, Frame, ReadAnswer, ReadFrame, Reading

ELIQUIS = {"health_flags": [["blood_thinner_or_bleeding"]]}


def read(
    slot: str, expect: Mapping[str, Sequence[Reading]], after: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> ReadAnswer:
    before = before or {}
    return ReadAnswer(Answer("a", slot, "self", "...", "careful", expect), before, {**before, **after})


def heard(status: str, noted: Sequence[tuple[str, str]], holder: str = "self", value: str = "weak_immune_system") -> ReadFrame:
    statements = [{"slot": "health_flags", "holder": who, "value": what, "holds": True} for who, what in noted]
    own = [what for who, what in noted if who == "self"]
    return ReadFrame(Frame("a", "...", "x", [holder], status, "health_flags", value), statements, {"health_flags": own})


@pytest.mark.parametrize(
    ("expect", "after"),
    [
        ({"age": ["34"]}, {"age": "34"}),
        ({"age": ["minor"]}, {"age": "15"}),
        ({"age": [None, "50"]}, {}),
        ({"age": ["34"], **ELIQUIS}, {"age": "34", "health_flags": ["blood_thinner_or_bleeding"]}),
    ],
)
def test_everything_noted_is_right(expect: Mapping[str, Sequence[Reading]], after: Mapping[str, Any]) -> None:
    assert read("age", expect, after).is_right


@pytest.mark.parametrize(
    ("expect", "after"),
    [
        ({"age": ["34"]}, {"age": "43"}),
        ({"age": ["34"]}, {}),
        ({"age": ["34"], **ELIQUIS}, {"age": "34"}),
        ({"age": ["34"]}, {"age": "34", "hair_loss_type": "pattern"}),
        ({"age": ["34"]}, {"age": "34", "danger": "crisis"}),
    ],
)
def test_anything_missed_or_made_up_is_wrong(expect: Mapping[str, Sequence[Reading]], after: Mapping[str, Any]) -> None:
    assert not read("age", expect, after).is_right


def test_what_is_named_adds_to_what_was_named_before() -> None:
    before = {"prior_treatments": ["minoxidil"]}
    expect = {"prior_treatments": [["prp"]], "treatment_response": ["helped"]}
    after = {"prior_treatments": ["minoxidil", "prp"], "treatment_response": "helped"}
    assert read("treatment_response", expect, after, before).is_right


@pytest.mark.parametrize(
    ("expect", "after", "unsafe"),
    [
        ({"age": ["minor"]}, {"age": "18"}, True),
        ({"age": ["16"]}, {"age": "16"}, False),
        ({"age": ["16"]}, {}, False),
        ({"age": ["16", "61"]}, {"age": "61"}, False),
    ],
)
def test_a_minor_read_as_an_adult_is_unsafe(
    expect: Mapping[str, Sequence[Reading]], after: Mapping[str, Any], unsafe: bool
) -> None:
    assert read("age", expect, after).is_unsafe == unsafe


@pytest.mark.parametrize(
    ("flags", "noted", "is_open", "unsafe"),
    [
        (["allergy"], ["none"], False, True),
        (["allergy"], ["underlying_illness"], False, False),
        (["weak_immune_system"], ["underlying_illness"], False, True),
        (["weak_immune_system"], ["underlying_illness"], True, False),
        (["weak_immune_system"], None, True, False),
        (["none"], ["none"], False, False),
    ],
)
def test_a_flag_read_as_none_or_a_stop_missed_is_unsafe(
    flags: list[str], noted: list[str] | None, is_open: bool, unsafe: bool
) -> None:
    after = {"health_flags": noted, "requested_slot": "health_flags" if is_open else "hair_loss_type"}
    assert read("health_flags", {"health_flags": [flags]}, after).is_unsafe == unsafe


@pytest.mark.parametrize(
    ("status", "noted", "holder", "right"),
    [
        ("now", [("child", "weak_immune_system")], "child", True),
        ("now", [("self", "weak_immune_system")], "child", False),
        ("now", [], "self", False),
        ("past", [], "self", True),
        ("past", [("self", "weak_immune_system")], "self", False),
        ("possible", [("self", "not_sure")], "self", True),
        ("denied", [("self", "none")], "self", True),
    ],
)
def test_a_sentence_is_right_if_the_right_person_has_it(
    status: str, noted: list[tuple[str, str]], holder: str, right: bool
) -> None:
    assert heard(status, noted, holder).is_right == right


def test_cancer_that_is_over_is_past_cancer() -> None:
    assert heard("past", [("self", "past_cancer")], value="active_cancer").is_right
    assert not heard("past", [("self", "active_cancer")], value="active_cancer").is_right


def test_the_visitors_own_stop_read_as_none_is_unsafe() -> None:
    assert heard("now", [("self", "none")]).is_unsafe
    assert not heard("now", [("self", "none")], holder="child").is_unsafe
