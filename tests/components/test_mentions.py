"""What a message says about the visitor, and in what sense."""

from __future__ import annotations

import pytest

from components.dialogue.check_answers import answers_in
from components.dialogue.heard import Heard
from components.understanding.mentions import MentionFinder

FINDER = MentionFinder()


def found(text: str, asked: str | None = None, asks: bool = False) -> set[tuple[str, str, str | None]]:
    return {(one.entity, one.value, one.role) for one in FINDER.find(text, asked, asks) if one.entity != "reply"}


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("AGA", "hair_loss_type", "pattern"),
        ("it's MPB i think", "hair_loss_type", "pattern"),
        ("TE after covid", "hair_loss_type", "stress_or_hormonal"),
        ("AA, two patches", "hair_loss_type", "alopecia_areata"),
        ("derm says LPP", "hair_loss_type", "scarring"),
        ("fin for two years", "prior_treatments", "finasteride"),
        ("used min", "prior_treatments", "minoxidil"),
        ("minoxadil", "prior_treatments", "minoxidil"),
        ("finastride", "prior_treatments", "finasteride"),
        ("p.r.p.", "prior_treatments", "prp"),
        ("Eliquis", "health_flags", "blood_thinner_or_bleeding"),
        ("my endo says Hashimoto's", "health_flags", "underlying_illness"),
        ("trying for a baby", "health_flags", "pregnant_or_breastfeeding"),
        ("had melanoma in 2019", "health_flags", "past_cancer"),
        ("chemo until March", "health_flags", "active_cancer"),
        ("I'm not sure if I'm pregnant", "health_flags", "pregnant_or_breastfeeding"),
        ("still early I'd say, only under bright light", "hair_loss_stage", "early"),
        ("it burns and itches, my scalp is sore", "warning_signs", "painful_or_burning"),
    ],
)
def test_what_is_said(text: str, entity: str, value: str) -> None:
    assert (entity, value, None) in found(text, asked=entity)


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("no scarring", "hair_loss_type", "scarring"),
        ("not pregnant", "health_flags", "pregnant_or_breastfeeding"),
        ("I have never tried PRP", "prior_treatments", "prp"),
        ("no cancer, diabetes or pregnancy", "health_flags", "pregnant_or_breastfeeding"),
        ("pregnant no, cancer no, eliquis yes", "health_flags", "active_cancer"),
        ("No cancer, not pregnant. Clopidogrel every morning though", "health_flags", "active_cancer"),
    ],
)
def test_what_is_denied_does_not_count(text: str, entity: str, value: str) -> None:
    assert (entity, value, "denied") in found(text, asked=entity)
    assert (entity, value, None) not in found(text, asked=entity)


def test_a_treatment_that_did_nothing_was_tried_but_did_not_help() -> None:
    assert found("PRP did nothing") == {("prior_treatments", "prp", None), ("treatment_response", "did_not_help", None)}


@pytest.mark.parametrize(
    "text", ["does it work for alopecia areata?", "what about alopecia areata?", "is it good for alopecia areata"]
)
def test_what_is_only_asked_about_does_not_count(text: str) -> None:
    assert found(text, asks=True) == {("hair_loss_type", "alopecia_areata", "asked")}


@pytest.mark.parametrize("text", ["my sister has lupus", "my dad was on warfarin", "my wife is pregnant"])
def test_what_others_have_does_not_count(text: str) -> None:
    assert not any(entity == "health_flags" for entity, _, _ in found(text, asked="health_flags"))


def test_a_statement_before_a_question_counts() -> None:
    assert ("health_flags", "blood_thinner_or_bleeding", None) in found("I take Eliquis, does it hurt?", asks=True)


@pytest.mark.parametrize(
    ("text", "years"),
    [("34", "34"), ("i'm 34", "34"), ("sixteen", "16"), ("thirty-four", "34"), ("turning 18 next month", "17"),
     ("34yo male", "34"), ("mid forties", "44"), ("sorry, I meant 43, not 34", "43"),
     ("F52", "52"), ("My husband is 55, I am 47", "47")],
)  # fmt: skip
def test_ages(text: str, years: str) -> None:
    assert ("age", years, None) in found(text, asked="age")


@pytest.mark.parametrize(
    "text", ["5% minoxidil for 2 years", "it takes 30 min?", "3 sessions", "I paid 900", "used it for 18 months"]
)
def test_other_numbers_are_no_age(text: str) -> None:
    assert not any(entity == "age" for entity, _, _ in found(text))


@pytest.mark.parametrize(
    "text",
    ["i can't stop taking warfarin", "no one knows i am pregnant", "i can't believe i'm pregnant", "he diagnosed me with lupus"],
)
def test_what_only_looks_like_a_denial_counts(text: str) -> None:
    assert any(entity == "health_flags" and role is None for entity, _, role in found(text, asked="health_flags"))


def test_an_age_in_a_question_or_in_passing_replaces_none() -> None:
    assert ("age", "60", "asked") in found("does it work for a 60 year old?", asks=True)
    slots = {"age": "17", "requested_slot": "hair_loss_type"}
    assert not answers_in(heard("age 30 would be nicer"), slots)
    assert answers_in(heard("sorry, I meant 18"), slots) == {"age": "18"}


def heard(text: str, asked: str | None = None, intent: str = "inform") -> Heard:
    return Heard(intent, text, FINDER.find(text, asked))


def test_lists_merge_and_none_yields_to_a_flag() -> None:
    slots = {"requested_slot": "health_flags", "health_flags": ["none"]}
    slots |= answers_in(heard("I take Eliquis", "health_flags"), slots)
    assert slots["health_flags"] == ["blood_thinner_or_bleeding"]
    slots |= answers_in(heard("and I had melanoma in 2019", "health_flags"), slots)
    assert slots["health_flags"] == ["blood_thinner_or_bleeding", "past_cancer"]
    assert not answers_in(heard("none of these", "health_flags"), slots)


def test_only_a_denial_of_the_very_thing_takes_a_flag_away() -> None:
    slots = {"requested_slot": "hair_loss_type", "health_flags": ["pregnant_or_breastfeeding", "allergy"]}
    assert not answers_in(heard("no problems"), slots)
    assert answers_in(heard("actually I'm not pregnant"), slots) == {"health_flags": ["allergy"]}


def test_what_depended_on_a_corrected_answer_is_cleared() -> None:
    slots = {"requested_slot": "hair_loss_stage", "prior_treatments": ["prp"], "treatment_response": "helped"}
    changed = answers_in(heard("I never tried PRP"), slots)
    assert changed == {"prior_treatments": None, "treatment_response": None}
