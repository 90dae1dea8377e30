"""The message with the result of the check."""

from __future__ import annotations

import re
from typing import Any

import pytest

from actions.candidacy import RULES, Outcome, Rule, assess
from components.dialogue.assessment import assessment
from components.dialogue.facts import MAX_SOURCES
from components.dialogue.texts import Texts
from runtime.clinic import Clinic
from runtime.shapes import Message
from tests.unit.dialogue.all_responses import ALL_RESPONSES

MAX_REASONS = 5  # that the widget shows before it folds the rest away
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
        {"slot": "age", "label": "Age", "answer": "41", "values": ["41"]},
        {
            "slot": "health_flags",
            "label": "Health",
            "answer": "Cancer in the past; Allergy to a medicine",
            "values": ["past_cancer", "allergy"],
        },
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
    reasons = [reason["text"] for reason in metadata["reasons"]]
    for part in (metadata["next_step"], metadata["options"], *metadata["questions"], *reasons):
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


def test_a_band_of_ages_is_shown_by_its_title_and_counts_as_its_fewest_years() -> None:
    for band, title, outcome in (("under_18", "Under 18", "not_now"), ("from_18", "18 to 29", "see_dermatologist_first")):
        metadata = result(age=band)["metadata"]
        assert metadata["outcome"] == outcome
        assert metadata["answers"][0] == {"slot": "age", "label": "Age", "answer": title, "values": [band]}


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.outcome == Outcome.not_now], ids=lambda rule: rule.name)
def test_whoever_should_avoid_exosomes_reads_what_to_do_now(rule: Rule) -> None:
    assert f"utter_next_step_{rule.name}" in ALL_RESPONSES


def test_an_infected_scalp_is_seen_today_whatever_else_there_is() -> None:
    metadata = result(age="16", health_flags=["pregnant_or_breastfeeding", "scalp_infection"])["metadata"]
    assert "today" in metadata["next_step"]
    assert [reason["name"] for reason in metadata["reasons"][:2]] == ["scalp_infection", "under_18"]


@pytest.mark.parametrize(
    ("patient", "of", "reason", "step"),
    [
        (None, "self", "You're under 18", "Tell a parent"),
        ("self", "self", "You're under 18", "Tell a parent"),
        ("child", "child", "Your child is under 18", "Take your child"),
        ("someone_else", "someone_else", "They're under 18", "take them"),
    ],
)
def test_a_result_speaks_of_whom_the_check_was_about(patient: str | None, of: str, reason: str, step: str) -> None:
    metadata = result(age="under_18", patient=patient)["metadata"]
    assert metadata["of"] == of
    assert metadata["reasons"][0]["text"].startswith(reason)
    assert step in metadata["next_step"]


def test_nothing_in_a_result_for_somebody_else_speaks_of_the_visitor() -> None:
    for rule in RULES:
        if rule.outcome != Outcome.urgent_care:
            (variant,) = [variant for variant in ALL_RESPONSES[f"utter_reason_{rule.name}"] if not variant.get("condition")]
            assert not re.search(r"\byou\b|\byou're\b|\byour\b", variant["text"], re.I), rule.name


@pytest.mark.parametrize(
    "answers",
    [
        {"age": "from_30", "health_flags": ["none"], "prior_treatments": ["none"], "treatment_response": None},
        {"treatment_response": "did_not_help"},
        {"age": "under_18", "health_flags": ["scalp_infection", "pregnant_or_breastfeeding", "blood_thinner_or_bleeding"]},
        {"hair_loss_type": "scarring", "hair_loss_stage": "long_standing_smooth"},
        {"hair_loss_type": "not_sure", "hair_loss_stage": "not_sure", "warning_signs": ["painful_or_burning", "sudden_or_rapid"]},
        dict.fromkeys(("age", "hair_loss_type", "hair_loss_stage", "treatment_response"), "declined"),
    ],
)
def test_what_is_not_folded_away_is_short(answers: dict[str, Any]) -> None:
    metadata = result(**answers)["metadata"]
    reasons = [reason["text"] for reason in metadata["reasons"][:MAX_REASONS]]
    assert len(" ".join([metadata["headline"], metadata["next_step"], *reasons]).split()) <= 130
