"""Which detail a question asks for, with scores as the classifier could give them."""

from __future__ import annotations

import pytest

from components.understanding.detail_choice import (
    DEFAULTS,
    LikelyDetails,
    better_topic,
    is_detail,
    label,
    of_topics,
)

SCORES = {
    "ask_cost": {"abroad": 0.3, "refund": 0.1},
    "ask_fda_status": {"canada": 0.19, "legal": 0.1},
    "ask_aftercare": {"alcohol": 0.24, "hats": 0.0},
    "ask_pain": {"numbing": 0.9},
}


def test_a_label_with_a_detail_is_one() -> None:
    assert is_detail(label("ask_cost", "abroad"))
    assert not is_detail("ask_cost")


def test_the_best_detail_of_each_topic_counts_from_its_score_on() -> None:
    assert LikelyDetails(SCORES, 0.2) == {"ask_cost": "abroad", "ask_aftercare": "alcohol", "ask_pain": "numbing"}
    assert LikelyDetails({"ask_cost": {"abroad": 0.2}}, 0.2) == {"ask_cost": "abroad"}
    assert LikelyDetails({}, 0.2) == {}


def test_what_is_settled_goes_before_the_scores_and_nobody_looks_at_other_topics() -> None:
    class OnlyCost(dict[str, dict[str, float]]):
        def __getitem__(self, topic: str) -> dict[str, float]:
            assert topic == "ask_cost"
            return super().__getitem__(topic)

    likely = LikelyDetails(OnlyCost(SCORES), 0.2, known={"ask_pain": "after_hours"})
    assert likely["ask_pain"] == "after_hours"
    assert likely.get("ask_cost") == "abroad"
    assert "ask_cost" not in LikelyDetails(OnlyCost(SCORES), 0.31)


@pytest.mark.parametrize(
    ("topics", "better"),
    [
        (["ask_cost", "ask_pain"], None),  # it has a detail itself
        (["ask_aftercare", "ask_pain"], None),
        (["ask_fda_status", "ask_cost", "ask_pain"], "ask_pain"),
        (["ask_fda_status", "ask_cost", "greet", "ask_pain"], "ask_cost"),  # only the next two
        (["ask_fda_status", "ask_aftercare", "greet"], None),  # 0.24 is too little for another topic
        (["book_consultation", "ask_cost", "greet"], "ask_cost"),
        (["ask_who_should_avoid", "ask_cost", "ask_pain"], None),
        (["express_distress", "ask_cost", "ask_pain"], None),
        (["report_emergency", "ask_cost", "ask_pain"], None),
        (["out_of_scope", "ask_cost", "ask_pain"], None),
        (["ask_fda_status"], None),
    ],
)
def test_a_clear_detail_changes_the_topic_of_a_question(topics: list[str], better: str | None) -> None:
    assert better_topic(dict.fromkeys(topics, 0.5), SCORES, DEFAULTS) == better


def test_a_topic_that_is_much_less_likely_stays_behind() -> None:
    assert better_topic({"ask_fda_status": 0.7, "ask_cost": 0.6}, SCORES, DEFAULTS) == "ask_cost"
    assert better_topic({"ask_fda_status": 0.7, "ask_cost": 0.3, "ask_pain": 0.2}, SCORES, DEFAULTS) is None


def test_the_scores_that_a_detail_needs_can_be_tuned() -> None:
    near, last = {"ask_fda_status": 0.5, "ask_cost": 0.5}, {"ask_fda_status": 0.5, "greet": 0.5, "thank": 0.5, "ask_cost": 0.5}
    assert better_topic(near, SCORES, {**DEFAULTS, "first": 0.19}) is None
    assert better_topic(near, SCORES, {**DEFAULTS, "next": 0.31}) is None
    assert better_topic(last, SCORES, {**DEFAULTS, "next_topics": 3}) == "ask_cost"


def test_a_message_asks_for_the_details_of_its_topics() -> None:
    likely = {"ask_cost": "abroad", "ask_pain": "numbing"}
    assert of_topics(["ask_pain", "ask_evidence"], likely) == {"ask_pain": "numbing"}
    assert of_topics(["nlu_fallback"], likely) == {}
