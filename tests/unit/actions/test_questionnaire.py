"""What depends on what in the check, and how many questions it has."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from actions.questionnaire import (
    CONSENT,
    DEPENDS_ON,
    LISTS,
    NO_MEANS,
    PATIENT,
    PRECEDENCE,
    QUESTIONS,
    READBACK,
    UNLISTED,
    VALUES,
    YES_MEANS,
    dependents,
    has_answers,
    has_content,
    is_asked,
    open_questions,
    outdated,
    progress,
    relevant_questions,
)
from runtime.paths import RESPONSES, ROOT

MIN_STEPS, MAX_STEPS = len(QUESTIONS) - len(DEPENDS_ON), len(QUESTIONS)
IN_WORDS = {5: "five", 6: "six", 7: "seven", 8: "eight"}


@pytest.mark.parametrize(
    ("answer", "content"),
    [
        (None, False),
        ([], False),
        (["none"], False),
        (["not_sure"], False),
        ("declined", False),
        (["none", "prp"], True),
        ("41", True),
    ],
)
def test_what_names_anything(answer: object, content: bool) -> None:
    assert has_content(answer) == content


def test_the_effect_is_asked_of_those_who_tried_something() -> None:
    assert is_asked("treatment_response", {"prior_treatments": ["prp"]})
    for nothing in (None, ["none"], ["not_sure"], ["declined"]):
        assert not is_asked("treatment_response", {"prior_treatments": nothing})
    assert is_asked("age", {})


def test_a_question_on_an_open_question_may_still_matter() -> None:
    assert relevant_questions({}) == list(QUESTIONS)
    assert relevant_questions({"prior_treatments": ["none"]}) == [slot for slot in QUESTIONS if slot != "treatment_response"]
    assert open_questions({slot: "x" for slot in QUESTIONS if slot != "prior_treatments"}) == ["prior_treatments"]


def test_what_depends_on_a_question() -> None:
    assert dependents("prior_treatments") == ["treatment_response"]
    assert dependents("age") == []


@pytest.mark.parametrize(
    ("stored", "changes"),
    [
        ({"age": "41", "health_flags": ["allergy"], "requested_slot": "age"}, {}),
        ({"requested_slot": CONSENT}, {}),
        ({"health_flags": ["gone", "allergy"]}, {"health_flags": ["allergy"]}),
        ({"health_flags": ["gone"]}, {"health_flags": None}),
        ({"hair_loss_type": "gone"}, {"hair_loss_type": None}),
        ({"age": "not_sure"}, {}),
        ({"age": "gone"}, {"age": None}),
        ({"requested_slot": "gone"}, {"requested_slot": None}),
    ],
)
def test_what_this_version_does_not_know_counts_as_not_answered(stored: dict[str, Any], changes: dict[str, Any]) -> None:
    assert outdated({**stored, "questions_covered": ["health_flags"]}) == changes


def test_a_list_that_an_earlier_version_asked_for_is_covered() -> None:
    assert outdated({"health_flags": ["allergy"]}) == {"questions_covered": ["health_flags"]}
    volunteered = [{"slot": "health_flags", "value": "allergy"}]
    assert outdated({"health_flags": ["allergy"], "statements": volunteered}) == {}
    assert outdated({}) == {}


def test_whether_anything_is_answered() -> None:
    assert not has_answers({"age": None, "danger": "crisis", "warning_signs": ["sudden_or_rapid"]})
    assert has_answers({"health_flags": ["none"]})


def test_progress_counts_a_dependent_question_until_it_is_sure_not_to_come() -> None:
    assert progress({}, CONSENT) == (0, MAX_STEPS)
    assert progress({}, "age") == (1, MAX_STEPS)
    assert progress({"prior_treatments": ["none"]}, None) == (0, MIN_STEPS)
    assert progress({"prior_treatments": ["prp"]}, "treatment_response") == (MAX_STEPS, MAX_STEPS)


def test_what_data_says_of_a_value_is_a_value() -> None:
    for settings in (YES_MEANS, NO_MEANS, UNLISTED):
        assert settings
        for slot, value in settings.items():
            assert value in VALUES[slot], slot
    for slot, order in PRECEDENCE.items():
        assert sorted(order) == sorted(VALUES[slot]), slot
    assert set(PRECEDENCE) | LISTS | {"age"} == set(VALUES)
    assert set(DEPENDS_ON) | set(DEPENDS_ON.values()) <= set(QUESTIONS)


def test_the_opening_and_the_description_name_as_many_questions_as_there_are() -> None:
    responses = yaml.safe_load((RESPONSES / "check.yml").read_text(encoding="utf-8"))["responses"]
    assert f"{IN_WORDS[MIN_STEPS]} or {IN_WORDS[MAX_STEPS]} questions" in responses["utter_check_candidacy"][0]["text"]
    schemas = yaml.safe_load((ROOT / "docs" / "openapi.yml").read_text(encoding="utf-8"))["components"]["schemas"]
    (question,) = [form for form in schemas["Metadata"]["oneOf"] if form["properties"]["kind"].get("const") == "question"]
    assert question["properties"]["slot"]["enum"] == [CONSENT, PATIENT, *QUESTIONS, READBACK]
    assert question["properties"]["step"]["maximum"] == MAX_STEPS
    assert (question["properties"]["steps"]["minimum"], question["properties"]["steps"]["maximum"]) == (MIN_STEPS, MAX_STEPS)
