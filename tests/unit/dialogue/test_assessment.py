"""The message with the result of the check."""

from __future__ import annotations

from typing import Any

from actions.candidacy import assess
from components.dialogue.assessment import assessment
from components.dialogue.facts import MAX_SOURCES
from components.dialogue.texts import Texts
from runtime.clinic import Clinic
from runtime.shapes import Message
from tests.unit.dialogue.all_responses import ALL_RESPONSES

ANSWERS = {
    "age": "41",
    "health_flags": ["past_cancer", "allergy"],
    "hair_loss_type": "pattern",
    "hair_loss_stage": "early",
    "prior_treatments": ["prp"],
    "treatment_response": "helped",
}


def result(**slots: Any) -> Message:
    answers = {**ANSWERS, **slots}
    outcome, rules = assess(answers)
    judged = {**answers, "candidacy_outcome": outcome.name, "candidacy_reasons": [rule.name for rule in rules]}
    return assessment(Texts(ALL_RESPONSES, Clinic()), judged)


def test_the_answers_in_words_in_the_order_of_the_questions() -> None:
    answers = result()["metadata"]["answers"]
    assert answers[:2] == [
        {"slot": "age", "label": "Age", "answer": "41"},
        {"slot": "health_flags", "label": "Health", "answer": "Cancer in the past, Allergy to a medicine"},
    ]
    assert [answer["slot"] for answer in answers] == list(ANSWERS)


def test_the_reasons_and_their_sources() -> None:
    metadata = result()["metadata"]
    assert metadata["outcome"] == "see_dermatologist_first"
    assert [reason["name"] for reason in metadata["reasons"][:2]] == ["past_cancer", "allergy"]
    for reason in metadata["reasons"]:
        assert all(source in metadata["sources"] for source in reason["sources"])
    assert len({source["title"] for source in metadata["sources"]}) == len(metadata["sources"])


def test_a_result_shows_the_sources_of_all_its_parts() -> None:
    """The widget numbers the sources of each reason by the list of all, however long it is."""
    metadata = result(
        hair_loss_type="alopecia_areata", warning_signs=["painful_or_burning"], health_flags=["past_cancer", "nutritional_gap"]
    )["metadata"]
    assert len(metadata["sources"]) > MAX_SOURCES
    assert all(source in metadata["sources"] for reason in metadata["reasons"] for source in reason["sources"])


def test_the_text_has_every_part() -> None:
    message = result()
    metadata = message["metadata"]
    assert message["text"].startswith(metadata["headline"])
    assert message["text"].endswith(metadata["status"])
    assert "- Age: 41\n" in message["text"]
    for part in (metadata["options"], *metadata["questions"], *(reason["text"] for reason in metadata["reasons"])):
        assert part
        assert part in message["text"]
    assert len(metadata["questions"]) == 5


def test_before_urgent_care_nothing_is_planned() -> None:
    metadata = result(danger="reaction")["metadata"]
    assert metadata["outcome"] == "urgent_care"
    assert metadata["danger"] == "reminder"
    assert metadata["options"] == ""
    assert metadata["questions"] == []


def test_whoever_should_avoid_exosomes_gets_no_questions_about_buying_them() -> None:
    for answers in ({"age": "16"}, {"health_flags": ["scalp_infection"]}):
        message = result(**answers)
        assert message["metadata"]["outcome"] == "not_now"
        assert message["metadata"]["questions"] == []
        assert "for your visit" not in message["text"]
        assert message["metadata"]["options"]


def test_another_outcome_is_not_about_danger() -> None:
    assert "danger" not in result()["metadata"]


def test_without_a_judgement_nothing_is_shown() -> None:
    message = assessment(Texts(ALL_RESPONSES, Clinic()), ANSWERS)
    assert message["metadata"] == {"kind": "notice", "sources": []}
    assert "can't go on" in message["text"]
