"""The rules of candidacy. tests/conversations/test_every_profile.py tries every profile there is."""

from __future__ import annotations

import pytest

from actions.candidacy import RULES, Outcome, age_group, assess, is_decided
from actions.questionnaire import open_questions
from commands.docs import DOCUMENT, document


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_decides_alone_what_the_table_says(rule) -> None:  # type: ignore[no-untyped-def]
    answers = {"age": "40", "health_flags": ["none"], "hair_loss_type": "pattern", "hair_loss_stage": "moderate",
               "prior_treatments": ["minoxidil"], "treatment_response": "helped", "warning_signs": []}  # fmt: skip
    if rule.slot == "age_group":
        answers["age"] = "17" if rule.value == "under_18" else rule.value
    else:
        answers[rule.slot] = [rule.value] if isinstance(answers.get(rule.slot), list) else rule.value
    found, reasons = assess(answers)
    assert found == rule.outcome
    assert rule in reasons


def test_the_day_of_the_eighteenth_birthday() -> None:
    assert [age_group(age) for age in ("17", "18")] == ["under_18", "adult"]


def test_patches_are_no_warning_once_alopecia_areata_is_known() -> None:
    answers = {
        "age": "40",
        "health_flags": ["none"],
        "hair_loss_stage": "early",
        "prior_treatments": ["none"],
        "warning_signs": ["patchy_undiagnosed"],
    }
    assert assess({**answers, "hair_loss_type": "alopecia_areata"})[0] == Outcome.worth_discussing
    assert assess({**answers, "hair_loss_type": "pattern"})[0] == Outcome.see_dermatologist_first


@pytest.mark.parametrize(
    "missing", ["age", "health_flags", "hair_loss_type", "hair_loss_stage", "prior_treatments", "treatment_response"]
)
def test_no_judgement_on_an_incomplete_profile(missing: str) -> None:
    answers = {
        "age": "40",
        "health_flags": ["none"],
        "hair_loss_type": "pattern",
        "hair_loss_stage": "early",
        "prior_treatments": ["prp"],
        "treatment_response": "helped",
    }
    del answers[missing]
    with pytest.raises(ValueError, match="Cannot assess"):
        assess(answers)


def test_the_response_is_asked_only_of_those_who_tried_something() -> None:
    answers = {"age": "40", "health_flags": ["none"], "hair_loss_type": "pattern", "hair_loss_stage": "early"}
    assert open_questions({**answers, "prior_treatments": ["none"]}) == []
    assert open_questions({**answers, "prior_treatments": ["prp"]}) == ["treatment_response"]
    assert open_questions(answers) == ["prior_treatments", "treatment_response"]


def test_a_hard_stop_settles_the_check_early() -> None:
    assert is_decided({"age": "16"})
    assert is_decided({"age": "40", "health_flags": ["pregnant_or_breastfeeding"]})
    assert is_decided({"danger": "emergency"})
    assert not is_decided({"age": "40", "hair_loss_type": "scarring"})


def test_the_document_is_the_table() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run `make docs`"
