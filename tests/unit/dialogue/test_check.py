"""Each step of the check by itself, without Rasa."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
from components.dialogue.statement_reader import hear
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
COVERED = {"questions_covered": ["health_flags", "prior_treatments"]}
CONFIRMED = {"check_confirmed": "yes"}
DONE = {**ALL, **COVERED, **CONFIRMED}
BOOKKEEPING = {"check_confirmed", "statements", "questions_covered", "patient", "question_form", "unclear_age"}


def parsed(
    intent: str = "inform", reply: str = "", text: str = "...", topics: tuple[str, ...] = (), sure: bool = True
) -> ParsedMessage:
    return ParsedMessage(intent, text, [Mention("reply", reply, 0, 1)] if reply else [], topics, sure)


def run(handler: Any, message: ParsedMessage, slots: Mapping[str, Any], said: Mapping[str, Any] | None = None) -> Any:
    """What a handler does with a message that says `said` as well."""
    return handler(message, State(slots, hear(saying(message, said or {}), slots)))


def step(message: ParsedMessage, slots: Mapping[str, Any], said: Mapping[str, Any] | None = None) -> CheckStep:
    return next_step(message, slots, hear(saying(message, said or {}), slots))


def saying(message: ParsedMessage, said: Mapping[str, Any]) -> ParsedMessage:
    values = [(slot, value) for slot, given in said.items() for value in (given if isinstance(given, list) else [given])]
    return replace(message, mentions=[*message.mentions, *(Mention(slot, value, 0, 1) for slot, value in values)])


def plain(turn: CheckStep | None) -> CheckStep:
    """A step without what the check notes beside the answers."""
    assert turn
    slots = {slot: value for slot, value in turn.slots.items() if slot not in BOOKKEEPING}
    return CheckStep(slots, turn.actions, turn.active)


def asking(slot: str | None, **slots: Any) -> dict[str, Any]:
    return {"requested_slot": slot, **slots}


def up_to(slot: str) -> dict[str, Any]:
    """The answers of somebody who is asked about `slot`."""
    names = list(ALL)
    before = names[: names.index(slot)]
    covered = [question for question in COVERED["questions_covered"] if question in before]
    return {name: ALL[name] for name in before} | {"requested_slot": slot, "questions_covered": covered}


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_leaves_alone_what_is_not_its_own(handler: Any) -> None:
    """Of an answer, at a question and without one, only the two last handlers have something to say."""
    answer = parsed("inform")
    at = run(handler, answer, up_to("age"), {"age": "41"})
    without = run(handler, answer, asking(None), {"age": "41"})
    assert bool(at) == (handler is answered_question)
    assert bool(without) == (handler is started_or_resumed)


def test_stop_leaves_the_check_and_keeps_the_answers() -> None:
    turn = run(left_the_check, parsed("stop"), asking("age"), {"age": "41"})
    undo = {"requested_slot": "age"}
    assert plain(turn) == CheckStep({"age": "41", "requested_slot": None, "undo": undo}, [LEFT], active=False)


def test_what_also_answers_stops_the_check_only_if_it_is_sure() -> None:
    assert run(left_the_check, parsed("stop", sure=False), asking("age"))
    assert not run(left_the_check, parsed("stop", sure=False), asking("age"), {"age": "41"})


def test_a_farewell_leaves_it_only_when_it_is_sure_and_answers_nothing() -> None:
    assert run(left_the_check, parsed("goodbye"), asking("age"))
    assert not run(left_the_check, parsed("goodbye", sure=False), asking("age"))
    assert not run(left_the_check, parsed("goodbye"), asking("age"), {"age": "41"})


def test_starting_over_clears_the_answers_and_asks_the_first_question() -> None:
    turn = run(restarted, parsed("start_over"), {**DONE, "candidacy_outcome": "worth_discussing", "warning_signs": ["x"]})
    assert turn
    assert turn.actions == ["utter_check_cleared", f"{ASK}age"]
    assert turn.slots["requested_slot"] == "age"
    assert not any(turn.slots[slot] for slot in (*ALL, "candidacy_outcome", "warning_signs") if slot != "check_consent")


def test_starting_over_can_be_undone() -> None:
    before = up_to("hair_loss_type")
    cleared = run(restarted, parsed("start_over"), before)
    assert cleared
    now = {**before, **cleared.slots}
    assert now["age"] is None
    back = step(parsed("go_back"), now)
    assert back.actions == ["utter_check_restored", f"{ASK}hair_loss_type"]
    assert {**now, **back.slots}.items() >= before.items()
    assert not run(undid, parsed("inform"), now), "only a word for it undoes"
    assert not run(undid, parsed("go_back"), now, {"age": "44"}), "a new answer counts"
    assert not run(undid, parsed("go_back"), before), "nothing was taken away"


def test_starting_over_after_the_result_can_be_undone() -> None:
    done = {**DONE, "candidacy_outcome": "worth_discussing"}
    cleared = run(restarted, parsed("start_over"), done)
    assert cleared
    back = step(parsed("go_back"), {**done, **cleared.slots})
    assert back.actions == ["utter_check_restored", *ASSESSMENT]
    assert {**done, **cleared.slots, **back.slots}.items() >= ALL.items()


def test_stop_can_be_undone() -> None:
    before = up_to("hair_loss_type")
    left = run(left_the_check, parsed("stop"), before)
    assert left
    back = step(parsed("go_back"), {**before, **left.slots})
    assert back.actions == ["utter_check_restored", f"{ASK}hair_loss_type"]


def test_going_back_opens_the_question_before() -> None:
    turn = run(went_back, parsed("go_back"), up_to("hair_loss_type"))
    assert plain(turn) == CheckStep(
        {"health_flags": None, "requested_slot": "health_flags", "check_tries": None}, [f"{ASK}health_flags"]
    )


def test_going_back_past_a_question_takes_what_depends_on_it_along() -> None:
    turn = run(went_back, parsed("go_back"), {**DONE, "requested_slot": "treatment_response"})
    assert turn
    assert turn.slots["prior_treatments"] is None
    assert turn.slots["treatment_response"] is None
    assert turn.actions == [f"{ASK}prior_treatments"]


def test_going_back_from_the_first_question_says_so() -> None:
    turn = run(went_back, parsed("go_back"), up_to("age"))
    assert plain(turn) == CheckStep({}, ["utter_check_nothing_to_change", f"{ASK}age"])


def test_a_correction_is_no_going_back() -> None:
    assert not run(went_back, parsed("go_back"), asking("hair_loss_type", age="41"), {"age": "42"})
    repeated = ParsedMessage("go_back", "my age is 41", [Mention("age", "41", 0, 1)])
    assert not run(went_back, repeated, asking("hair_loss_type", age="41"))


def test_why_a_question_is_asked() -> None:
    turn = run(asked_why, parsed("explain_question"), up_to("age"))
    assert plain(turn) == CheckStep({}, ["utter_explain_age", f"{ASK}age"])
    assert not run(asked_why, parsed("explain_question"), up_to("age"), {"age": "41"}), "it was answered"
    assert not run(asked_why, parsed("explain_question"), asking(None)), "nothing is asked"


@pytest.mark.parametrize(
    "message", [parsed("affirm"), parsed("check_candidacy"), parsed("nlu_fallback", "yes"), parsed("deny", "yes")]
)
def test_consent_begins_the_check(message: ParsedMessage) -> None:
    turn = run(at_consent, message, asking("check_consent"))
    assert plain(turn) == CheckStep({"check_consent": "yes", "requested_slot": "age", "check_tries": None}, [f"{ASK}age"])


def test_an_answer_is_consent() -> None:
    turn = run(at_consent, parsed("inform"), asking("check_consent"), {"age": "41"})
    assert turn
    assert turn.slots["check_consent"] == "yes"
    assert turn.actions == [f"{ASK}health_flags"]


def test_an_answer_beside_a_question_is_kept_and_is_no_consent() -> None:
    asked = parsed("ask_cost", text="i'm 41, what does it cost?", topics=("ask_cost",))
    assert plain(run(at_consent, asked, asking("check_consent"), {"age": "41"})) == CheckStep({"age": "41"}, [ANSWER, OPENING])


@pytest.mark.parametrize("message", [parsed("deny"), parsed("inform", "no")])
def test_a_refusal_leaves_the_check(message: ParsedMessage) -> None:
    assert plain(run(at_consent, message, asking("check_consent"))) == CheckStep({"requested_slot": None}, [LEFT], active=False)


def test_a_question_at_consent_is_answered_and_consent_asked_again() -> None:
    turn = run(at_consent, parsed("ask_cost", topics=("ask_cost",)), asking("check_consent"))
    assert plain(turn) == CheckStep({"check_tries": "1"}, [ANSWER, OPENING])


def test_whoever_goes_on_asking_at_consent_would_rather_not_start() -> None:
    turn = run(at_consent, parsed("ask_cost", topics=("ask_cost",)), asking("check_consent", check_tries="1"))
    assert plain(turn) == CheckStep({"requested_slot": None, "check_tries": None}, [ANSWER], active=False)


def test_what_is_no_consent_is_asked_twice_more_and_then_taken_as_a_no() -> None:
    nonsense = parsed("nlu_fallback")
    assert plain(run(at_consent, nonsense, asking("check_consent"))) == CheckStep({"check_tries": "1"}, [OPENING])
    assert plain(run(at_consent, nonsense, asking("check_consent", check_tries="1"))) == CheckStep(
        {"check_tries": "2"}, [OPENING]
    )
    given_up = run(at_consent, nonsense, asking("check_consent", check_tries=str(MAX_TRIES)))
    assert plain(given_up) == CheckStep({"requested_slot": None, "check_tries": None}, [LEFT], active=False)


def test_the_check_begins_with_consent() -> None:
    turn = run(started_or_resumed, parsed("check_candidacy"), asking(None))
    assert plain(turn) == CheckStep({"requested_slot": "check_consent", "check_tries": None}, [OPENING])


def test_a_check_that_was_left_goes_on_where_it_was() -> None:
    turn = run(started_or_resumed, parsed("check_candidacy"), {**up_to("hair_loss_type"), "requested_slot": None})
    assert turn
    assert turn.actions == ["utter_check_resumed", f"{ASK}hair_loss_type"]


def test_a_check_that_was_left_may_go_on_with_a_correction() -> None:
    turn = run(
        started_or_resumed, parsed("inform", text="i'm 42"), {**up_to("hair_loss_type"), "requested_slot": None}, {"age": "42"}
    )
    assert turn
    assert turn.actions == [CORRECTED, f"{ASK}hair_loss_type"]


def test_whoever_has_a_result_is_not_asked_for_consent_again() -> None:
    turn = run(
        started_or_resumed,
        parsed("inform", text="i'm 42"),
        asking(None, age="17", candidacy_outcome="not_now", check_confirmed="yes"),
        {"age": "42"},
    )
    assert turn
    assert turn.actions == [CORRECTED, f"{ASK}health_flags"]


def test_a_correction_after_the_result_brings_a_new_result() -> None:
    judged = {**DONE, "candidacy_outcome": "worth_discussing", "requested_slot": None}
    turn = run(started_or_resumed, parsed("inform"), judged, {"age": "17"})
    assert turn
    assert turn.actions == list(ASSESSMENT)
    assert turn.slots["candidacy_outcome"] is None, "an older result is never shown again"
    assert not turn.active


def test_an_answer_leads_on() -> None:
    turn = run(answered_question, parsed("inform"), up_to("age"), {"age": "41"})
    assert plain(turn) == CheckStep({"age": "41", "requested_slot": "health_flags", "check_tries": None}, [f"{ASK}health_flags"])


@pytest.mark.parametrize(
    ("slot", "reply", "answer"),
    [("age", "declined", "declined"), ("health_flags", "no", ["none"]), ("treatment_response", "yes", "helped")],
)
def test_a_bare_reply_is_an_answer(slot: str, reply: str, answer: object) -> None:
    turn = run(answered_question, parsed("inform", reply), up_to(slot))
    assert turn
    assert turn.slots[slot] == answer


def test_a_question_in_the_check_is_answered_and_the_question_stays() -> None:
    turn = run(answered_question, parsed("ask_cost", text="what does it cost?", topics=("ask_cost",)), up_to("age"))
    assert plain(turn) == CheckStep({}, [ANSWER, f"{ASK}age"])


def test_an_answer_with_a_question_is_both() -> None:
    asked = parsed("ask_cost", text="41, what does it cost?", topics=("ask_cost",))
    turn = run(answered_question, asked, up_to("age"), {"age": "41"})
    assert turn
    assert turn.actions == [ANSWER, f"{ASK}health_flags"]


def test_no_before_a_question_is_no_answer() -> None:
    asked = parsed("ask_cost", "no", text="no, what does it cost?", topics=("ask_cost",))
    assert plain(run(answered_question, asked, up_to("health_flags"))) == CheckStep({}, [ANSWER, f"{ASK}health_flags"])


def test_an_answer_in_the_words_of_a_topic_is_an_answer() -> None:
    told = parsed("ask_hair_loss_cause", text="stress i think", topics=("ask_hair_loss_cause",))
    turn = run(answered_question, told, up_to("hair_loss_type"), {"hair_loss_type": "stress_or_hormonal"})
    assert turn
    assert turn.actions == [f"{ASK}hair_loss_stage"]


def test_distress_is_heard_before_a_bare_reply() -> None:
    sad = parsed("express_distress", "no", text="no, i can't look at myself", topics=("express_distress",))
    turn = run(answered_question, sad, up_to("health_flags"))
    assert plain(turn) == CheckStep({}, [ANSWER, f"{ASK}health_flags"])


@pytest.mark.parametrize(
    ("words", "value", "is_answer"),
    [
        ("no idea", "not_sure", True),
        ("no", "no", False),
        ("no idea, i can't look at myself", "not_sure", False),  # what the reader makes of it all
        ("no idea, i", "not_sure", False),
    ],
)
def test_what_counts_as_an_answer_in_a_lament(words: str, value: str, is_answer: bool) -> None:
    said = [Mention("reply", value, 0, len(words))]
    sad = ParsedMessage("express_distress", "no idea, i can't look at myself", said, ("express_distress",), True)
    turn = run(answered_question, sad, up_to("hair_loss_type"))
    assert turn
    assert (turn.actions[-1] != f"{ASK}hair_loss_type") == is_answer


def test_distress_is_heard_beside_an_answer_when_it_is_sure() -> None:
    for sure, first in ((True, [ANSWER]), (False, [])):
        sad = parsed("express_distress", topics=("express_distress",), sure=sure)
        turn = run(answered_question, sad, up_to("age"), {"age": "41"})
        assert turn
        assert turn.actions == [*first, f"{ASK}health_flags"]


def test_an_aside_gets_its_reply_and_costs_no_try() -> None:
    turn = run(answered_question, parsed("bot_challenge"), up_to("age"))
    assert plain(turn) == CheckStep({}, ["utter_bot_challenge", f"{ASK}age"])


def test_a_correction_is_confirmed_and_one_more_flag_is_none() -> None:
    corrected = run(answered_question, parsed("inform", text="i'm 42"), up_to("hair_loss_type"), {"age": "42"})
    assert corrected
    assert corrected.actions == [CORRECTED, f"{ASK}hair_loss_type"]
    slots = {**up_to("hair_loss_type"), "health_flags": ["allergy"]}
    added = run(answered_question, parsed("inform"), slots, {"health_flags": ["allergy", "past_cancer"]})
    assert added
    assert added.actions == [f"{ASK}hair_loss_type"]


def test_thanks_cost_no_try_and_nonsense_does() -> None:
    assert plain(run(answered_question, parsed("thank"), up_to("age"))) == CheckStep({}, [f"{ASK}age"])
    assert plain(run(answered_question, parsed("nlu_fallback"), up_to("age"))) == CheckStep({"check_tries": "1"}, [f"{ASK}age"])
    tired = {**up_to("age"), "check_tries": str(MAX_TRIES)}
    paused = CheckStep({"requested_slot": None, "check_tries": None}, ["utter_check_paused"], active=False)
    assert plain(run(answered_question, parsed("nlu_fallback"), tired)) == paused


def test_the_last_answer_brings_the_result() -> None:
    turn = step(parsed("inform"), {**up_to("treatment_response"), **CONFIRMED}, {"treatment_response": "helped"})
    assert turn.actions == list(ASSESSMENT)
    assert turn.slots["requested_slot"] is None
    assert not turn.active


def test_the_effect_is_not_asked_of_those_who_tried_nothing() -> None:
    assert step(parsed("inform"), {**up_to("prior_treatments"), **CONFIRMED}, {"prior_treatments": ["none"]}).actions == list(
        ASSESSMENT
    )


def test_what_decides_by_itself_ends_the_check() -> None:
    assert step(parsed("inform"), {**up_to("age"), **CONFIRMED}, {"age": "17"}).actions == list(ASSESSMENT)


def test_a_child_gets_no_check() -> None:
    turn = step(parsed("inform"), up_to("age"), {"age": "12"})
    assert turn.actions == ["utter_check_too_young"]
    assert not turn.active
    assert step(parsed("inform"), {**up_to("age"), **CONFIRMED}, {"age": "13"}).actions == list(ASSESSMENT)


def test_where_the_check_may_be_held() -> None:
    assert is_allowed(None)
    assert is_allowed({})
    assert not is_allowed(OFF)
    assert not is_allowed(UNKNOWN_STATE)
    assert is_unreadable(UNKNOWN_STATE)
    assert not is_unreadable(OFF)
    assert not is_unreadable(None)


def test_what_came_from_free_text_is_read_back_before_it_is_judged() -> None:
    slots = up_to("prior_treatments")
    turn = step(parsed("inform"), slots, {"prior_treatments": ["none"]})
    assert turn.actions == [f"{ASK}check_readback"]
    slots = {**slots, **turn.slots}
    assert step(parsed("affirm"), slots).actions == list(ASSESSMENT)
    assert step(parsed("inform", "yes"), slots).actions == list(ASSESSMENT)
    refused = step(parsed("deny"), slots)
    assert refused.actions == [f"{ASK}check_readback"]
    assert refused.slots["check_tries"] == "1"


def test_a_correction_at_the_read_back_is_read_back_again() -> None:
    slots = {**DONE, "check_confirmed": None, "requested_slot": "check_readback"}
    turn = step(parsed("inform", text="no, i'm 43"), slots, {"age": "43"})
    assert turn.actions == [CORRECTED, f"{ASK}check_readback"]
    assert turn.slots["check_changes"] == [{"slot": "age", "before": "41", "after": "43"}]


def test_a_button_of_the_read_back_asks_that_question_again() -> None:
    slots = {**DONE, "check_confirmed": None, "requested_slot": "check_readback"}
    turn = step(ParsedMessage("go_back", "/go_back", [Mention("change", "prior_treatments", 0, 0)]), slots)
    assert turn.actions == [f"{ASK}prior_treatments"]
    assert turn.slots["prior_treatments"] is None
    assert turn.slots["treatment_response"] is None, "it depends on it"


def test_buttons_are_not_read_back() -> None:
    slots: dict[str, Any] = {}
    for message, said in [
        (parsed("check_candidacy"), {}),
        (parsed("affirm"), {}),
        *((parsed("inform", text=f"/inform {slot}"), {slot: ALL[slot]}) for slot in ALL if slot != "check_consent"),
    ]:
        turn = step(message, slots, said)
        slots = {**slots, **turn.slots}
    assert turn.actions == list(ASSESSMENT)


def test_what_was_volunteered_does_not_close_a_list() -> None:
    slots: dict[str, Any] = {}
    volunteered = step(parsed("inform"), slots, {"health_flags": ["allergy"], "age": "41"})
    slots = {**slots, **volunteered.slots}
    asked = step(parsed("affirm"), slots)
    assert asked.actions == [f"{ASK}health_flags"]
    assert asked.slots["question_form"] == "besides"
    rest = step(parsed("inform", "no"), {**slots, **asked.slots})
    assert rest.actions == [f"{ASK}hair_loss_type"]
    assert {**slots, **asked.slots, **rest.slots}["health_flags"] == ["allergy"]


def test_part_of_an_answer_that_nobody_could_read_is_asked_about() -> None:
    unread = ParsedMessage("inform", "no, only zzmab", [Mention("reply", "no", 0, 2), Mention("unread", "only zzmab", 4, 14)])
    slots = up_to("health_flags")
    turn = step(unread, slots)
    assert turn.actions == [f"{ASK}health_flags"]
    assert turn.slots["question_form"] == "part_unread"
    assert not turn.slots.get("health_flags")


def test_a_number_that_may_be_an_age_is_asked_about() -> None:
    unclear = ParsedMessage("inform", "12 weeks", [Mention("age", "12", 0, 2, status="possible")])
    turn = step(unclear, up_to("age"))
    assert turn.actions == [f"{ASK}age"]
    assert (turn.slots["question_form"], turn.slots["unclear_age"]) == ("age_unclear", "12")


def test_whose_check_it_is_is_asked_once() -> None:
    ages = [Mention("age", "44", 0, 2, holder="self"), Mention("age", "15", 9, 11, holder="child")]
    opening = step(ParsedMessage("check_candidacy", "i'm 44, my son is 15", ages), {})
    assert opening.actions == [OPENING]
    slots = dict(opening.slots)
    asked = step(parsed("affirm"), slots)
    assert asked.actions == [f"{ASK}patient"]
    slots = {**slots, **asked.slots}
    answered = step(parsed("inform", text="my son"), slots)
    assert answered.slots["age"] == "15"
    assert answered.actions == [f"{ASK}check_readback"], "it is decided, and was typed"


def test_a_child_is_asked_for_by_a_parent() -> None:
    slots = {**up_to("age"), "patient": "child"}
    turn = step(parsed("inform"), slots, {"age": "12"})
    assert turn.actions == [f"{ASK}check_readback"], "only a child that writes alone gets no check"
