"""Which text a short message right after an answer asks for, with scores as the classifier could give them."""

from __future__ import annotations

import pytest

from components.understanding.follow_up_choice import Choice, Reading, choice_in_context
from components.understanding.treatment_details import Target, target

DETAILS = ("ask_treatment_options/minoxidil_stopping", "ask_treatment_options/finasteride_stopping", "ask_cost/refund")
NOTHING: dict[str, float] = {}


def reading(**scores: float) -> Reading:
    """Returns a reading with these scores of topics and details, and 0 for all others."""
    details: dict[str, dict[str, float]] = {"ask_more_detail": {"why": 1.0}, "express_distress": {"child": 1.0}}
    for topic, detail in map(target, DETAILS):
        details.setdefault(topic, {})[str(detail)] = scores.get(str(detail), 0)
    return Reading({topic: scores.get(topic, 0) for topic in [*details, "out_of_scope"]}, details)


def chosen(alone: dict[str, float], in_full: dict[str, float], last: str) -> Choice:
    return choice_in_context(reading(**alone), reading(**in_full), target(last))


@pytest.mark.parametrize(
    ("alone", "in_full", "last", "expected"),
    [
        ({"refund": 0.6}, NOTHING, "ask_evidence", "ask_cost/refund"),
        (NOTHING, {"refund": 0.6}, "ask_evidence", "ask_cost/refund"),
        ({"refund": 0.2}, {"minoxidil_stopping": 0.5}, "ask_evidence", "ask_treatment_options/minoxidil_stopping"),
        ({"ask_cost": 0.8}, {"ask_cost": 0.8}, "ask_evidence", "ask_cost"),
        ({"out_of_scope": 0.8}, {"out_of_scope": 0.8}, "ask_evidence", "out_of_scope"),
    ],
)
def test_both_readings_count(alone: dict[str, float], in_full: dict[str, float], last: str, expected: str) -> None:
    found = chosen(alone, in_full, last)
    assert found.answer.name == expected
    assert 1 / len(DETAILS) < found.probability < 1


@pytest.mark.parametrize("treatment", ["minoxidil", "finasteride"])
def test_the_subject_of_the_last_answer_goes_before_another(treatment: str) -> None:
    stopping = {"minoxidil_stopping": 0.3, "finasteride_stopping": 0.3}
    after = f"ask_treatment_options/{treatment}_side_effects"
    assert chosen(stopping, stopping, after).answer == Target("ask_treatment_options", f"{treatment}_stopping")


def test_the_topic_of_the_last_answer_goes_before_another() -> None:
    unclear = {"minoxidil_stopping": 0.3, "refund": 0.3}
    assert chosen(unclear, unclear, "ask_cost/abroad").answer.name == "ask_cost/refund"


def test_what_was_just_answered_comes_after_what_is_as_likely() -> None:
    unclear = {"finasteride_stopping": 0.3, "minoxidil_stopping": 0.3}
    assert chosen(unclear, unclear, "ask_treatment_options/women_options").probability < 0.5
