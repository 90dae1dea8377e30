"""Answers that are read by their form."""

from __future__ import annotations

import pytest

from components.understanding.answer_patterns import answers_by_pattern

TYPE, RESPONSE = "hair_loss_type", "treatment_response"


@pytest.mark.parametrize(
    "text",
    [
        "same as my uncle",
        "my dad is bald and so is his dad",
        "Granddad's.",
        "on my mum's side",
        "all the men on that side went bald",
        "aunt has the same",
    ],
)
def test_who_looks_like_the_family_has_the_kind_that_runs_in_it(text: str) -> None:
    assert [form.value for form in answers_by_pattern(text, TYPE)] == ["pattern"]


@pytest.mark.parametrize("text", ["my aunt has lupus", "my doctor has no idea", "since my mother died"])
def test_other_words_about_the_family_say_nothing(text: str) -> None:
    assert answers_by_pattern(text, TYPE) == []


@pytest.mark.parametrize(
    "text", ["only four weeks", "been on it like 2 months", "six weeks", "started ten days ago", "give it till summer"]
)
def test_a_short_time_is_too_early(text: str) -> None:
    assert [form.value for form in answers_by_pattern(text, RESPONSE)] == ["too_early"]


@pytest.mark.parametrize("text", ["two years", "I used it for nine months", "for 18 months", "how long does it take"])
def test_a_long_time_is_not(text: str) -> None:
    assert answers_by_pattern(text, RESPONSE) == []


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [
        (RESPONSE, "can't see the slightest bit of improvement", "did_not_help"),
        (RESPONSE, "nothing ever sprouted", "did_not_help"),
        (RESPONSE, "my cousin got a mane, for me nothing", "did_not_help"),
        (RESPONSE, "the grafts took really well", "helped"),
        (RESPONSE, "it turned out nice", "helped"),
        ("prior_treatments", "the doctor did jabs in her scalp", "other"),
        ("hair_loss_stage", "temples creeping back a touch", "early"),
        ("health_flags", "iodine blew my face up", "allergy"),
        ("health_flags", "I get itchy welts with sulfa", "allergy"),
        ("health_flags", "morphine doesn't agree with me", "allergy"),
        ("health_flags", "zinc tape, she comes out in big red welts", "allergy"),
        ("health_flags", "passed the coastguard medical", "none"),
    ],
)
def test_patterns_of_other_questions(slot: str, text: str, value: str) -> None:
    assert [form.value for form in answers_by_pattern(text, slot)] == [value]


@pytest.mark.parametrize(
    ("slot", "text"),
    [
        (RESPONSE, "no results yet"),
        ("health_flags", "my eyes are closing, long day"),
        ("health_flags", "the cast came out in march"),
        ("health_flags", "did not pass anything"),
        ("hair_loss_stage", "hairline gone back a lot"),
    ],
)
def test_what_only_looks_like_a_pattern(slot: str, text: str) -> None:
    assert answers_by_pattern(text, slot) == []


def test_patterns_count_for_their_question_alone() -> None:
    assert answers_by_pattern("same as my uncle", RESPONSE) == answers_by_pattern("only four weeks", None) == []
