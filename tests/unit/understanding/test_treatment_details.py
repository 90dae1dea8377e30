"""Which text answers a question about another treatment, and which treatment a text is about."""

from __future__ import annotations

import pytest

from components.understanding.named_treatments import EXOSOMES, current_treatment
from components.understanding.treatment_details import Target, about_treatment, question_of, subject_of, target

OPTIONS = "ask_treatment_options"


@pytest.mark.parametrize(
    ("treatment", "topic", "expected"),
    [
        ("prp", "ask_cost", "ask_treatment_options/prp_price"),
        ("prp", "ask_number_of_sessions", f"{OPTIONS}/prp_sessions"),
        ("prp", "ask_how_it_works", f"{OPTIONS}/prp"),
        ("minoxidil", "ask_pain", f"{OPTIONS}/minoxidil_side_effects"),
        ("transplant", "ask_compare_treatments", "ask_compare_treatments/transplant"),
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


def test_the_current_treatment() -> None:
    assert current_treatment({"topic": OPTIONS, "topic_detail": "prp_price"}) == "prp"
    assert current_treatment({"topic": OPTIONS, "topic_treatment": "laser"}) == "laser"
    assert current_treatment({"topic": "ask_cost", "topic_treatment": "prp"}) == EXOSOMES
