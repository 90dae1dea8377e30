"""Each step of the plan of a turn by itself, without Rasa."""

from __future__ import annotations

from typing import Any

import pytest

from components.dialogue import check
from components.dialogue.danger import reminder
from components.dialogue.parsed_message import ParsedMessage
from components.dialogue.texts import Variant
from components.dialogue.turn_plan import (
    STEPS,
    Plan,
    Situation,
    about_the_danger,
    answer_to_danger,
    care_first,
    check_elsewhere,
    check_unavailable,
    follow_rules,
    in_foreign_language,
    plan_turn,
    step_of_check,
)
from components.understanding.mentions import Mention

RULES = {
    "ask_cost": ["action_answer", "utter_referral"],
    "ask_more_detail": ["action_answer", "utter_referral"],
    "check_candidacy": ["action_lead_check"],
    "inform": ["utter_inform", "utter_referral"],
    "thank": ["utter_thank", "utter_referral"],
    "nlu_fallback": ["utter_nlu_fallback", "utter_referral"],
    "out_of_scope": ["utter_out_of_scope", "utter_referral"],
    "report_emergency": ["utter_report_emergency", "utter_after_emergency_referral"],
    "report_reaction": ["utter_report_reaction", "utter_referral"],
    "express_self_harm": ["utter_express_self_harm"],
}
RESPONSES: dict[str, list[Variant]] = {name: [{"text": "..."}] for name in ("utter_ask_cost_more", "utter_ask_pain")}
RESPONSES["utter_ask_cost"] = [{"text": "...", "metadata": {"title": "What it costs"}}]
FRENCH = Mention("language", "fr", 0, 1)
AGE = Mention("age", "41", 0, 1)


def situation(
    intent: str, *mentions: Mention, topics: tuple[str, ...] = (), metadata: dict[str, str] | None = None, **slots: Any
) -> Situation:
    return Situation(ParsedMessage(intent, "...", mentions, topics), slots, RULES, metadata, RESPONSES)


def actions(planned: Situation) -> list[str]:
    found = plan_turn(planned)["turn_plan"]
    assert isinstance(found, list)
    return found


def test_without_a_special_case_the_rules_decide() -> None:
    assert follow_rules(situation("thank")) == Plan(["utter_thank", "utter_referral"])
    assert follow_rules(situation("never parsed of")) == Plan(RULES["nlu_fallback"])
    assert [step(situation("thank")) for step in STEPS[:-1]] == [None] * (len(STEPS) - 1)


def test_another_language_gets_its_line_and_the_check_stays_as_it_is() -> None:
    assert in_foreign_language(situation("inform", FRENCH, requested_slot="age")) == Plan(
        ["utter_other_language", "utter_referral"]
    )
    assert in_foreign_language(situation("inform", FRENCH, AGE)) is None, "an answer was understood"
    assert in_foreign_language(situation("inform")) is None


@pytest.mark.parametrize("intent", ["nlu_fallback", "out_of_scope"])
def test_what_nobody_understood_right_after_an_answer_comes_back_to_that(intent: str) -> None:
    answered = {"topic": "ask_cost", "turn_plan": ["utter_ask_cost", "utter_referral"], "said": ["utter_ask_cost"]}
    assert actions(situation(intent, **answered)) == ["utter_not_exactly", "utter_referral"]
    assert actions(situation(intent, **answered, misunderstood="1")) == RULES["nlu_fallback"]
    assert actions(situation(intent, **{**answered, "turn_plan": ["utter_thank"]})) == RULES[intent]
    assert actions(situation(intent, Mention("other_use", "knee", 0, 1), **answered)) == RULES[intent]
    untitled = {"topic": "ask_pain", "turn_plan": ["utter_ask_pain"], "said": ["utter_ask_pain"]}
    assert actions(situation(intent, **untitled)) == RULES[intent]


def test_what_is_surely_out_of_scope_is_said_to_be() -> None:
    answered = {"topic": "ask_cost", "turn_plan": ["utter_ask_cost"], "said": ["utter_ask_cost"]}
    sure = Situation(ParsedMessage("out_of_scope", "...", sure=True), answered, RULES, None, RESPONSES)
    assert actions(sure) == RULES["out_of_scope"]


@pytest.mark.parametrize("danger", ["emergency", "crisis"])
def test_after_danger_the_ordinary_business_waits(danger: str) -> None:
    assert care_first(situation("inform", danger=danger)) == Plan(["utter_care_first"], {"requested_slot": None})
    assert care_first(situation("ask_cost", danger=danger)) is None
    assert actions(situation("inform", danger=danger)) == [f"utter_danger_reminder_{danger}", "utter_care_first"]


@pytest.mark.parametrize(
    ("danger", "reply", "expected"),
    [
        ("emergency", "utter_report_emergency", ["utter_danger_reminder_emergency", "utter_danger_question", "utter_care_first"]),
        ("crisis", "utter_express_self_harm", ["utter_danger_reminder_crisis", "utter_danger_question", "utter_care_first"]),
        ("reaction", "utter_report_reaction", ["utter_danger_question", "utter_after_reaction_referral"]),
    ],
)
def test_a_question_about_the_danger_is_not_about_exosomes(danger: str, reply: str, expected: list[str]) -> None:
    slots = {"danger": danger, "turn_plan": [reply]}
    asked = Situation(ParsedMessage("ask_cost", "what would the er cost", topics=["ask_cost"]), slots, RULES)
    planned = plan_turn(asked)
    assert (planned["turn_plan"], planned["danger_question"]) == (expected, "cost")
    ordinary = Situation(ParsedMessage("ask_cost", "what do exosomes cost", topics=["ask_cost"]), slots, RULES)
    assert "utter_ask_cost" in plan_turn(ordinary)["turn_plan"]


def test_a_remark_right_after_a_reaction_is_about_it() -> None:
    def plan(intent: str, *mentions: Mention, reply: str = "utter_report_reaction") -> list[str]:
        slots = {"danger": "reaction", "turn_plan": [reply]}
        return plan_turn(Situation(ParsedMessage(intent, "no temperature so far", mentions), slots, RULES))["turn_plan"]

    assert plan("out_of_scope") == ["utter_danger_question", "utter_after_reaction_referral"]
    assert plan("inform", AGE) != plan("out_of_scope"), "an answer to the check"
    assert "utter_danger_question" not in plan("out_of_scope", reply="utter_ask_cost")


def test_without_danger_a_question_about_the_emergency_room_is_ordinary() -> None:
    asked = Situation(ParsedMessage("ask_cost", "what would the er cost", topics=["ask_cost"]), {}, RULES)
    assert about_the_danger(asked) is None


def test_the_detail_that_is_asked_about_is_answered_if_there_is_a_text() -> None:
    parsed = ParsedMessage("ask_cost", "...", topics=["ask_cost"], details={"ask_cost": "refund"})
    assert plan_turn(Situation(parsed, {}, RULES))["turn_plan"][0] == "utter_ask_cost"
    planned = plan_turn(Situation(parsed, {}, RULES, responses={"utter_ask_cost/refund": []}))
    assert (planned["turn_plan"][0], planned["topic_detail"]) == ("utter_ask_cost/refund", "refund")


def test_care_comes_before_the_check_and_another_language_before_both() -> None:
    ongoing = {"danger": "crisis", "requested_slot": "age", "check_consent": "yes"}
    slots = plan_turn(situation("inform", AGE, **ongoing))
    assert slots["turn_plan"] == ["utter_danger_reminder_crisis", "utter_care_first"]
    assert "age" not in slots
    spoken = actions(situation("inform", FRENCH, **ongoing))
    assert spoken == ["utter_danger_reminder_crisis", "utter_other_language", "utter_referral"]


def test_a_reaction_holds_nothing_up() -> None:
    assert care_first(situation("inform", danger="reaction")) is None


def test_whoever_asks_for_the_check_gets_it() -> None:
    plan = step_of_check(situation("check_candidacy"))
    assert plan
    assert plan.actions == [check.OPENING]


def test_in_a_running_check_every_message_is_a_step_of_it() -> None:
    plan = step_of_check(situation("thank", requested_slot="age", check_consent="yes"))
    assert plan
    assert plan.actions == ["utter_ask_candidacy_form_age"]


def test_a_check_that_ends_refers_to_a_dermatologist() -> None:
    plan = step_of_check(situation("stop", requested_slot="age"))
    assert plan
    assert plan.actions == [check.LEFT, "utter_referral"]


def test_what_is_told_or_corrected_belongs_to_the_check() -> None:
    assert step_of_check(situation("inform", AGE))
    assert step_of_check(situation("start_over", age="41"))
    assert step_of_check(situation("go_back", candidacy_outcome="not_now"))
    assert step_of_check(situation("thank", AGE, candidacy_outcome="not_now"))
    question = ParsedMessage("ask_cost", "i'm 41, what does it cost?", [AGE], ["ask_cost"])
    assert not step_of_check(Situation(question, {"candidacy_outcome": "not_now"}, RULES))
    assert not step_of_check(situation("inform"))
    assert not step_of_check(situation("thank", AGE))
    assert not step_of_check(situation("start_over"))
    assert not step_of_check(situation("go_back"))


def test_where_no_health_question_may_be_asked_the_check_is_elsewhere() -> None:
    there = situation("check_candidacy", AGE, metadata=check.OFF)
    assert step_of_check(there) is None
    assert check_elsewhere(there) == Plan(["utter_check_elsewhere", "utter_referral"], {"requested_slot": None})
    assert check_elsewhere(situation("thank", metadata=check.OFF)) is None
    assert "age" not in plan_turn(situation("inform", AGE, metadata=check.OFF)), "what is volunteered there is no answer"
    assert actions(situation("inform", FRENCH, AGE, metadata=check.OFF))[0] == "utter_other_language"


def test_before_the_visitor_agrees_the_check_asks_for_consent() -> None:
    there = situation("check_candidacy", AGE, metadata=check.NEEDS_CONSENT)
    assert step_of_check(there) is None
    assert check_elsewhere(there) == Plan(["utter_check_needs_consent", "utter_referral"], {"requested_slot": None})
    assert "age" not in plan_turn(situation("inform", AGE, metadata=check.NEEDS_CONSENT)), "what is volunteered is no answer yet"


def test_a_check_that_cannot_be_read_says_so() -> None:
    plan = check_unavailable(situation("inform", AGE, metadata=check.UNKNOWN_STATE))
    assert plan == Plan(["utter_check_unavailable", "utter_referral"], {"requested_slot": None})
    assert check_unavailable(situation("ask_cost", topics=("ask_cost",), metadata=check.UNKNOWN_STATE)) is None
    assert check_unavailable(situation("inform", topics=("ask_cost",), metadata=check.UNKNOWN_STATE)) is None
    assert check_unavailable(situation("thank", metadata=check.UNKNOWN_STATE)) is None
    assert check_unavailable(situation("inform", AGE)) is None


def test_danger_leaves_the_check_and_is_remembered() -> None:
    plan = answer_to_danger(situation("report_emergency", Mention("danger_kind", "breathing", 0, 0), requested_slot="age"))
    assert plan.actions == ["utter_report_emergency", "utter_after_emergency_referral"]
    assert plan.slots["danger"] == "emergency"
    assert plan.slots["danger_kind"] == "breathing"
    assert plan.slots["requested_slot"] is None
    assert plan.slots["candidacy_outcome"] is None


@pytest.mark.parametrize(
    ("before", "intent", "after"),
    [
        (None, "report_reaction", "reaction"),
        ("reaction", "report_emergency", "emergency"),
        ("crisis", "report_emergency", "crisis"),
        ("emergency", "express_self_harm", "crisis"),
        ("emergency", "report_reaction", "emergency"),
    ],
)
def test_the_gravest_danger_is_remembered(before: str | None, intent: str, after: str) -> None:
    assert answer_to_danger(situation(intent, danger=before)).slots["danger"] == after


def test_nothing_stands_before_an_emergency_or_a_crisis() -> None:
    assert actions(situation("report_emergency", danger="crisis"))[0] == "utter_report_emergency"
    assert actions(situation("express_self_harm", danger="emergency")) == ["utter_express_self_harm"]
    assert actions(situation("report_reaction", danger="crisis"))[0] == "utter_danger_reminder_crisis"


def test_danger_comes_before_another_language_and_before_the_check() -> None:
    planned = situation("report_emergency", FRENCH, AGE, requested_slot="age", check_consent="yes")
    assert actions(planned)[0] == "utter_report_emergency"
    assert "age" not in plan_turn(planned)


def test_the_reminder() -> None:
    assert reminder({"danger": "crisis"}) == "utter_danger_reminder_crisis"
    assert reminder({"danger": "reaction"}) is None
    assert reminder({}) is None


def test_each_question_gets_its_answer_and_the_last_one_is_the_topic() -> None:
    slots = plan_turn(situation("ask_cost", topics=("ask_pain", "ask_cost")))
    assert slots["turn_plan"] == ["utter_ask_pain", "utter_ask_cost", "utter_referral"]
    assert slots["topic"] == "ask_cost"


def test_tell_me_more_goes_on_about_the_topic_before_it() -> None:
    more = {"topics": ("ask_more_detail",)}
    assert actions(situation("ask_more_detail", **more, topic="ask_cost"))[0] == "utter_ask_cost_more"
    assert actions(situation("ask_more_detail", **more))[0] == "utter_ask_more_detail"
    assert "topic" not in plan_turn(situation("ask_more_detail", **more, topic="ask_cost"))


def test_what_a_question_is_about_chooses_the_variant() -> None:
    pregnant = Mention("health_flags", "pregnant_or_breastfeeding", 0, 1, "asked")
    slots = plan_turn(situation("ask_cost", pregnant, topics=("ask_cost",), topic_treatment="prp"))
    assert slots["topic_condition"] == "pregnant_or_breastfeeding"
    assert slots["topic_treatment"] is None, "the last question's treatment does not stay"
    assert "health_flags" not in slots


def test_the_full_referral_is_said_once() -> None:
    first = plan_turn(situation("thank"))
    assert first["turn_plan"][-1] == "utter_referral"
    assert first["referrals"] == 1
    assert actions(situation("thank", referrals=1))[-1] == "utter_referral_short"


def test_twice_without_an_answer_brings_the_way_out() -> None:
    assert plan_turn(situation("out_of_scope"))["misunderstood"] == "1"
    second = plan_turn(situation("out_of_scope", misunderstood="1"))
    assert second["turn_plan"][0] == "utter_nlu_fallback"
    assert second["misunderstood"] == "2"
    assert plan_turn(situation("thank", misunderstood="2"))["misunderstood"] is None


def test_only_what_changes_is_set() -> None:
    assert plan_turn(situation("thank", referrals=1, referral_kind="no_rush")) == {
        "referrals": 2,
        "turn_plan": ["utter_thank", "utter_referral_short"],
    }


def test_the_treatments_named_last_are_remembered() -> None:
    prp = Mention("prior_treatments", "prp", 0, 3, "asked")
    planned = plan_turn(Situation(ParsedMessage("ask_cost", "prp or exosomes", [prp], ["ask_cost"]), {}, RULES))
    assert planned["treatments_named"] == ["prp", "exosomes"]
    assert "treatments_named" not in plan_turn(situation("thank", treatments_named=["prp"]))


def test_another_use_of_exosomes_is_out_of_scope_and_understood() -> None:
    knees = Mention("other_use", "elsewhere", 0, 0)
    planned = plan_turn(situation("out_of_scope", knees, misunderstood="1"))
    assert planned["turn_plan"] == RULES["out_of_scope"]
    assert planned["other_use"] == "elsewhere"
    assert planned["misunderstood"] is None
    assert plan_turn(situation("thank", other_use="elsewhere"))["other_use"] is None


def test_undo_lasts_one_turn() -> None:
    kept = {"age": "41"}
    assert plan_turn(situation("thank", undo=kept))["undo"] is None
    assert actions(situation("go_back", undo=kept))[0] == "utter_check_restored"
