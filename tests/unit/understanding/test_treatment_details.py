"""Which text answers a question about another treatment, and which treatment a text is about."""

from __future__ import annotations

import pytest

from components.understanding.named_treatments import EXOSOMES, current_treatment
from components.understanding.treatment_details import (
    Target,
    about_child,
    about_condition,
    about_treatment,
    condition_of,
    question_of,
    subject_of,
    target,
)

OPTIONS = "ask_treatment_options"


@pytest.mark.parametrize(
    ("treatment", "topic", "expected"),
    [
        ("prp", "ask_cost", "ask_treatment_options/prp_price"),
        ("prp", "ask_number_of_sessions", f"{OPTIONS}/prp_sessions"),
        ("prp", "ask_how_it_works", f"{OPTIONS}/prp"),
        ("minoxidil", "ask_pain", f"{OPTIONS}/minoxidil_side_effects"),
        ("transplant", "ask_compare_treatments", "ask_compare_treatments/transplant"),
        ("minoxidil", "ask_side_effects/shedding", f"{OPTIONS}/minoxidil_shedding"),
        ("minoxidil", "ask_side_effects/cancer", f"{OPTIONS}/minoxidil_side_effects"),
        ("finasteride", "ask_injection_or_topical/topical_only", f"{OPTIONS}/finasteride_topical"),
        ("biotin", "ask_evidence/success_rate", f"{OPTIONS}/biotin"),
        ("laser", "ask_combine_treatments", "ask_combine_treatments/laser"),
        ("laser", "ask_cost/exosome_price", f"{OPTIONS}/laser_price"),
        ("laser", "ask_number_of_sessions", f"{OPTIONS}/laser_how_often"),
        ("spironolactone", "ask_who_should_avoid/pregnancy", f"{OPTIONS}/spironolactone_pregnancy"),
        ("spironolactone", "ask_who_should_avoid/heart_blood_pressure", f"{OPTIONS}/spironolactone_ask_first"),
        # Two treatments without exosomes: what the classifier read stays.
        ("minoxidil", "ask_combine_treatments/laser_with_minoxidil", "ask_combine_treatments/laser_with_minoxidil"),
        ("finasteride", "ask_combine_treatments/minoxidil_with_finasteride", "ask_combine_treatments/minoxidil_with_finasteride"),
    ],
)
def test_the_answer_about_a_treatment(treatment: str, topic: str, expected: str) -> None:
    found = about_treatment(treatment, topic)
    assert found is not None
    assert found.name == expected


def test_a_treatment_without_a_text_of_its_own() -> None:
    assert about_treatment("other", "ask_cost") is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ask_treatment_options/prp_price", "prp"),
        (f"{OPTIONS}/minoxidil_women", "minoxidil"),
        (f"{OPTIONS}/finasteride", "finasteride"),
        (f"{OPTIONS}/alopecia_areata_options", None),
        (f"{OPTIONS}/other_prices", None),
        ("ask_compare_treatments/prp", None),
        ("ask_cost/exosome_price", None),
        ("ask_cost", None),
    ],
)
def test_the_treatment_that_a_text_is_about(name: str, expected: str | None) -> None:
    assert subject_of(target(name)) == expected


def test_the_question_that_a_text_answers() -> None:
    assert question_of(Target(OPTIONS, "prp_side_effects")) == "ask_side_effects"
    assert question_of(Target(OPTIONS, "prp")) == OPTIONS
    assert question_of(Target("ask_cost", "refund")) == "ask_cost"


@pytest.mark.parametrize(
    ("condition", "question", "expected"),
    [
        ("stress_or_hormonal", "ask_results_timeline/first_signs", "ask_hair_loss_cause/will_it_grow_back"),
        ("scarring", "ask_who_it_helps", "ask_who_it_helps/scarring"),
        ("scarring", "ask_who_it_helps/women", None),
        ("alopecia_areata", "ask_hair_loss_cause/patches", "ask_hair_loss_cause/patches"),
        ("traction", "ask_results_duration", "ask_hair_loss_cause/traction"),
        ("alopecia_areata", "ask_cost", None),
        ("exosomes", "ask_results_timeline", None),
    ],
)
def test_the_answer_about_a_condition(condition: str, question: str, expected: str | None) -> None:
    found = about_condition(condition, target(question))
    assert (found.name if found else None) == expected


def test_the_answer_about_a_child() -> None:
    assert about_child(target("ask_treatment_options/finasteride")) == target("ask_treatment_options/child_options")
    assert about_child(target("ask_cost")) is None


def test_every_subject_of_a_text_is_one() -> None:
    assert condition_of(target("ask_hair_loss_cause/after_birth")) == "stress_or_hormonal"
    assert condition_of(target("ask_cost")) is None
    assert subject_of(target("ask_combine_treatments/prp")) is None
    assert subject_of(target("ask_who_should_avoid/keloids")) is None


def test_the_current_treatment() -> None:
    assert current_treatment({"subject": "laser", "topic": "ask_cost"}) == "laser"
    assert current_treatment({"subject": "scarring", "topic": OPTIONS, "topic_detail": "prp_price"}) == EXOSOMES
    assert current_treatment({"topic": OPTIONS, "topic_detail": "prp_price"}) == "prp"
    assert current_treatment({"topic": OPTIONS, "topic_treatment": "laser"}) == "laser"
    assert current_treatment({"topic": "ask_cost", "topic_treatment": "prp"}) == EXOSOMES
