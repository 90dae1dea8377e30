"""Each step of the check by itself, without Rasa."""

from __future__ import annotations

from typing import Any

import pytest

from components.dialogue.check import (
    ANSWER,
    ASSESSMENT,
    CORRECTED,
    HANDLERS,
    LEFT,
    MAX_TRIES,
    OFF,
    OPENING,
    UNKNOWN_STATE,
    CheckStep,
    State,
    answered_question,
    asked_why,
    at_consent,
    is_allowed,
    is_unreadable,
    left_the_check,
    next_step,
    restarted,
    started_or_resumed,
    undid,
    went_back,
)
from components.dialogue.parsed_message import ParsedMessage
from components.understanding.mentions import Mention

ASK = "utter_ask_candidacy_form_"
BEGUN = {"check_consent": "yes"}
ALL = {
    **BEGUN,
    "age": "41",
    "health_flags": ["none"],
    "hair_loss_type": "pattern",
    "hair_loss_stage": "early",
    "prior_treatments": ["prp"],
    "treatment_response": "helped",
}


def parsed(
    intent: str = "inform", reply: str = "", text: str = "...", topics: tuple[str, ...] = (), sure: bool = True
) -> ParsedMessage:
    return ParsedMessage(intent, text, [Mention("reply", reply, 0, 1)] if reply else [], topics, sure)


def state(changed: dict[str, Any] | None = None, asked: str | None = None, **slots: Any) -> State:
    return State({"requested_slot": asked, **slots}, changed or {})


def up_to(slot: str) -> dict[str, Any]:
    """The answers of somebody who is asked about `slot`."""
    names = list(ALL)
    return {name: ALL[name] for name in names[: names.index(slot)]} | {"requested_slot": slot}


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_leaves_alone_what_is_not_its_own(handler: Any) -> None:
    """Of an answer, at a question and without one, only the two last handlers have something to say."""
    answer = parsed("inform")
    at = handler(answer, State(up_to("age"), {"age": "41"}))
    without = handler(answer, state({"age": "41"}))
    assert bool(at) == (handler is answered_question)
    assert bool(without) == (handler is started_or_resumed)


def test_stop_leaves_the_check_and_keeps_the_answers() -> None:
    turn = left_the_check(parsed("stop"), state({"age": "41"}, asked="age"))
    undo = {"requested_slot": "age"}
    assert turn == CheckStep({"age": "41", "requested_slot": None, "undo": undo}, [LEFT], active=False)


def test_a_farewell_leaves_it_only_when_it_is_sure_and_answers_nothing() -> None:
    assert left_the_check(parsed("goodbye"), state(asked="age"))
    assert not left_the_check(parsed("goodbye", sure=False), state(asked="age"))
    assert not left_the_check(parsed("goodbye"), state({"age": "41"}, asked="age"))


def test_starting_over_clears_the_answers_and_asks_the_first_question() -> None:
    turn = restarted(parsed("start_over"), State({**ALL, "candidacy_outcome": "worth_discussing", "warning_signs": ["x"]}, {}))
    assert turn
    assert turn.actions == ["utter_check_cleared", f"{ASK}age"]
    assert turn.slots["requested_slot"] == "age"
    assert not any(turn.slots[slot] for slot in (*ALL, "candidacy_outcome", "warning_signs") if slot != "check_consent")


def test_starting_over_can_be_undone() -> None:
    before = up_to("hair_loss_type")
    cleared = restarted(parsed("start_over"), State(before, {}))
    assert cleared
    now = {**before, **cleared.slots}
    assert now["age"] is None
    back = next_step(parsed("go_back"), now, {})
    assert back.actions == ["utter_check_restored", f"{ASK}hair_loss_type"]
    assert {**now, **back.slots}.items() >= before.items()
    assert not undid(parsed("inform"), State(now, {})), "only a word for it undoes"
    assert not undid(parsed("go_back"), State(now, {"age": "44"})), "a new answer counts"
    assert not undid(parsed("go_back"), State(before, {})), "nothing was taken away"


def test_starting_over_after_the_result_can_be_undone() -> None:
    done = {**ALL, "candidacy_outcome": "worth_discussing"}
    cleared = restarted(parsed("start_over"), State(done, {}))
    assert cleared
    back = next_step(parsed("go_back"), {**done, **cleared.slots}, {})
    assert back.actions == ["utter_check_restored", *ASSESSMENT]
    assert {**done, **cleared.slots, **back.slots}.items() >= ALL.items()


def test_stop_can_be_undone() -> None:
    before = up_to("hair_loss_type")
    left = left_the_check(parsed("stop"), State(before, {}))
    assert left
    back = next_step(parsed("go_back"), {**before, **left.slots}, {})
    assert back.actions == ["utter_check_restored", f"{ASK}hair_loss_type"]


def test_going_back_opens_the_question_before() -> None:
    turn = went_back(parsed("go_back"), State(up_to("hair_loss_type"), {}))
    assert turn == CheckStep(
        {"health_flags": None, "requested_slot": "health_flags", "check_tries": None}, [f"{ASK}health_flags"]
    )


def test_going_back_past_a_question_takes_what_depends_on_it_along() -> None:
    turn = went_back(parsed("go_back"), State({**ALL, "requested_slot": "treatment_response"}, {}))
    assert turn
    assert turn.slots["prior_treatments"] is None
    assert turn.slots["treatment_response"] is None
    assert turn.actions == [f"{ASK}prior_treatments"]


def test_going_back_from_the_first_question_says_so() -> None:
    turn = went_back(parsed("go_back"), State(up_to("age"), {}))
    assert turn == CheckStep({}, ["utter_check_nothing_to_change", f"{ASK}age"])


def test_a_correction_is_no_going_back() -> None:
    assert not went_back(parsed("go_back"), state({"age": "42"}, asked="hair_loss_type", age="41"))
    repeated = ParsedMessage("go_back", "my age is 41", [Mention("age", "41", 0, 1)])
    assert not went_back(repeated, state(asked="hair_loss_type", age="41"))


def test_why_a_question_is_asked() -> None:
    turn = asked_why(parsed("explain_question"), State(up_to("age"), {}))
    assert turn == CheckStep({}, ["utter_explain_age", f"{ASK}age"])
    assert not asked_why(parsed("explain_question"), State(up_to("age"), {"age": "41"})), "it was answered"
    assert not asked_why(parsed("explain_question"), state()), "nothing is asked"


@pytest.mark.parametrize(
    "message", [parsed("affirm"), parsed("check_candidacy"), parsed("nlu_fallback", "yes"), parsed("deny", "yes")]
)
def test_consent_begins_the_check(message: ParsedMessage) -> None:
    turn = at_consent(message, state(asked="check_consent"))
    assert turn == CheckStep({"check_consent": "yes", "requested_slot": "age", "check_tries": None}, [f"{ASK}age"])


def test_an_answer_is_consent() -> None:
    turn = at_consent(parsed("inform"), state({"age": "41"}, asked="check_consent"))
    assert turn
    assert turn.slots["check_consent"] == "yes"
    assert turn.actions == [f"{ASK}health_flags"]


def test_an_answer_beside_a_question_is_kept_and_is_no_consent() -> None:
    asked = parsed("ask_cost", text="i'm 41, what does it cost?", topics=("ask_cost",))
    assert at_consent(asked, state({"age": "41"}, asked="check_consent")) == CheckStep({"age": "41"}, [ANSWER, OPENING])


@pytest.mark.parametrize("message", [parsed("deny"), parsed("inform", "no")])
def test_a_refusal_leaves_the_check(message: ParsedMessage) -> None:
    assert at_consent(message, state(asked="check_consent")) == CheckStep({"requested_slot": None}, [LEFT], active=False)


def test_a_question_at_consent_is_answered_and_consent_asked_again() -> None:
    turn = at_consent(parsed("ask_cost", topics=("ask_cost",)), state(asked="check_consent"))
    assert turn == CheckStep({}, [ANSWER, OPENING])


def test_what_is_no_consent_is_asked_twice_more_and_then_taken_as_a_no() -> None:
    nonsense = parsed("nlu_fallback")
    assert at_consent(nonsense, state(asked="check_consent")) == CheckStep({"check_tries": "1"}, [OPENING])
    assert at_consent(nonsense, state(asked="check_consent", check_tries="1")) == CheckStep({"check_tries": "2"}, [OPENING])
    given_up = at_consent(nonsense, state(asked="check_consent", check_tries=str(MAX_TRIES)))
    assert given_up == CheckStep({"requested_slot": None, "check_tries": None}, [LEFT], active=False)


def test_the_check_begins_with_consent() -> None:
    turn = started_or_resumed(parsed("check_candidacy"), state())
    assert turn == CheckStep({"requested_slot": "check_consent", "check_tries": None}, [OPENING])


def test_a_check_that_was_left_goes_on_where_it_was() -> None:
    turn = started_or_resumed(parsed("check_candidacy"), State({**up_to("hair_loss_type"), "requested_slot": None}, {}))
    assert turn
    assert turn.actions == ["utter_check_resumed", f"{ASK}hair_loss_type"]


def test_a_check_that_was_left_may_go_on_with_a_correction() -> None:
    turn = started_or_resumed(parsed("inform"), State({**up_to("hair_loss_type"), "requested_slot": None}, {"age": "42"}))
    assert turn
    assert turn.actions == [CORRECTED, f"{ASK}hair_loss_type"]


def test_whoever_has_a_result_is_not_asked_for_consent_again() -> None:
    turn = started_or_resumed(parsed("inform"), state({"age": "42"}, age="17", candidacy_outcome="not_now"))
    assert turn
    assert turn.actions == [CORRECTED, f"{ASK}health_flags"]


def test_a_correction_after_the_result_brings_a_new_result() -> None:
    judged = {**ALL, "candidacy_outcome": "worth_discussing", "requested_slot": None}
    turn = started_or_resumed(parsed("inform"), State(judged, {"age": "17"}))
    assert turn
    assert turn.actions == list(ASSESSMENT)
    assert turn.slots["candidacy_outcome"] is None, "an older result is never shown again"
    assert not turn.active


def test_an_answer_leads_on() -> None:
    turn = answered_question(parsed("inform"), State(up_to("age"), {"age": "41"}))
    assert turn == CheckStep({"age": "41", "requested_slot": "health_flags", "check_tries": None}, [f"{ASK}health_flags"])


@pytest.mark.parametrize(
    ("slot", "reply", "answer"),
    [("age", "declined", "declined"), ("health_flags", "no", ["none"]), ("treatment_response", "yes", "helped")],
)
def test_a_bare_reply_is_an_answer(slot: str, reply: str, answer: object) -> None:
    turn = answered_question(parsed("inform", reply), State(up_to(slot), {}))
    assert turn
    assert turn.slots[slot] == answer


def test_a_question_in_the_check_is_answered_and_the_question_stays() -> None:
    turn = answered_question(parsed("ask_cost", text="what does it cost?", topics=("ask_cost",)), State(up_to("age"), {}))
    assert turn == CheckStep({}, [ANSWER, f"{ASK}age"])


def test_an_answer_with_a_question_is_both() -> None:
    asked = parsed("ask_cost", text="41, what does it cost?", topics=("ask_cost",))
    turn = answered_question(asked, State(up_to("age"), {"age": "41"}))
    assert turn
    assert turn.actions == [ANSWER, f"{ASK}health_flags"]


def test_no_before_a_question_is_no_answer() -> None:
    asked = parsed("ask_cost", "no", text="no, what does it cost?", topics=("ask_cost",))
    assert answered_question(asked, State(up_to("health_flags"), {})) == CheckStep({}, [ANSWER, f"{ASK}health_flags"])


def test_an_answer_in_the_words_of_a_topic_is_an_answer() -> None:
    told = parsed("ask_hair_loss_cause", text="stress i think", topics=("ask_hair_loss_cause",))
    turn = answered_question(told, State(up_to("hair_loss_type"), {"hair_loss_type": "stress_or_hormonal"}))
    assert turn
    assert turn.actions == [f"{ASK}hair_loss_stage"]


def test_distress_is_heard_before_a_bare_reply() -> None:
    sad = parsed("express_distress", "no", text="no, i can't look at myself", topics=("express_distress",))
    turn = answered_question(sad, State(up_to("health_flags"), {}))
    assert turn == CheckStep({}, [ANSWER, f"{ASK}health_flags"])


def test_distress_is_heard_beside_an_answer_when_it_is_sure() -> None:
    at_age = State(up_to("age"), {"age": "41"})
    for sure, first in ((True, [ANSWER]), (False, [])):
        turn = answered_question(parsed("express_distress", topics=("express_distress",), sure=sure), at_age)
        assert turn
        assert turn.actions == [*first, f"{ASK}health_flags"]


def test_an_aside_gets_its_reply_and_costs_no_try() -> None:
    turn = answered_question(parsed("bot_challenge"), State(up_to("age"), {}))
    assert turn == CheckStep({}, ["utter_bot_challenge", f"{ASK}age"])


def test_a_correction_is_confirmed_and_one_more_flag_is_none() -> None:
    corrected = answered_question(parsed("inform"), State(up_to("hair_loss_type"), {"age": "42"}))
    assert corrected
    assert corrected.actions == [CORRECTED, f"{ASK}hair_loss_type"]
    slots = {**up_to("hair_loss_type"), "health_flags": ["allergy"]}
    added = answered_question(parsed("inform"), State(slots, {"health_flags": ["allergy", "past_cancer"]}))
    assert added
    assert added.actions == [f"{ASK}hair_loss_type"]


def test_thanks_cost_no_try_and_nonsense_does() -> None:
    assert answered_question(parsed("thank"), State(up_to("age"), {})) == CheckStep({}, [f"{ASK}age"])
    assert answered_question(parsed("nlu_fallback"), State(up_to("age"), {})) == CheckStep({"check_tries": "1"}, [f"{ASK}age"])
    tired = {**up_to("age"), "check_tries": str(MAX_TRIES)}
    paused = CheckStep({"requested_slot": None, "check_tries": None}, ["utter_check_paused"], active=False)
    assert answered_question(parsed("nlu_fallback"), State(tired, {})) == paused


def test_the_last_answer_brings_the_result() -> None:
    turn = next_step(parsed("inform"), up_to("treatment_response"), {"treatment_response": "helped"})
    assert turn.actions == list(ASSESSMENT)
    assert turn.slots["requested_slot"] is None
    assert not turn.active


def test_the_effect_is_not_asked_of_those_who_tried_nothing() -> None:
    assert next_step(parsed("inform"), up_to("prior_treatments"), {"prior_treatments": ["none"]}).actions == list(ASSESSMENT)


def test_what_decides_by_itself_ends_the_check() -> None:
    assert next_step(parsed("inform"), up_to("age"), {"age": "17"}).actions == list(ASSESSMENT)


def test_a_child_gets_no_check() -> None:
    turn = next_step(parsed("inform"), up_to("age"), {"age": "12"})
    assert turn.actions == ["utter_check_too_young"]
    assert not turn.active
    assert next_step(parsed("inform"), up_to("age"), {"age": "13"}).actions == list(ASSESSMENT)


def test_where_the_check_may_be_held() -> None:
    assert is_allowed(None)
    assert is_allowed({})
    assert not is_allowed(OFF)
    assert not is_allowed(UNKNOWN_STATE)
    assert is_unreadable(UNKNOWN_STATE)
    assert not is_unreadable(OFF)
    assert not is_unreadable(None)
