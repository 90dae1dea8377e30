"""What danger leaves behind for the session, which kinds raise no alarm, and how an alarm is taken back."""

from __future__ import annotations

from typing import Any

import pytest

from components.dialogue.danger import ALARM_ENDED, CALM_KINDS, is_retractable, memory_of_alarm, raises_alarm, reminder
from components.dialogue.parsed_message import ParsedMessage, Understanding, parse_message
from components.dialogue.texts import Variant
from components.dialogue.turn_plan import Situation, plan_turn
from components.understanding.mentions import Mention

RULES = {
    "ask_cost": ["action_answer", "utter_referral"],
    "ask_pain": ["action_answer", "utter_referral"],
    "check_candidacy": ["action_lead_check"],
    "inform": ["utter_inform", "utter_referral"],
    "deny": ["utter_deny", "utter_referral"],
    "nlu_fallback": ["utter_nlu_fallback", "utter_referral"],
    "report_emergency": ["utter_report_emergency", "utter_after_emergency_referral"],
    "report_abuse": ["utter_report_abuse"],
    "report_reaction": ["utter_report_reaction", "utter_after_reaction_referral"],
    "express_self_harm": ["utter_express_self_harm"],
}
BY_CLASSIFIER, BY_PATTERN = (Mention("danger_basis", value, 0, 0) for value in ("classifier", "pattern"))
FALSE = "no, that was two years ago"
BUTTON = ParsedMessage("deny", '/deny{"danger_kind": "false_alarm"}', [Mention("danger_kind", "false_alarm", 0, 0)])


def said(intent: str, text: str = "...", *mentions: Mention, topics: tuple[str, ...] = ()) -> ParsedMessage:
    return ParsedMessage(intent, text, mentions, topics)


def of_kind(kind: str) -> Mention:
    return Mention("danger_kind", kind, 0, 0)


class Talk:
    """A conversation as its slots and the actions of its last turn."""

    def __init__(self, **slots: Any) -> None:
        self.slots: dict[str, Any] = {"referrals": 1, **slots}

    def say(self, parsed: ParsedMessage) -> list[str]:
        self.slots.update(plan_turn(Situation(parsed, self.slots, RULES)))
        actions = self.slots["turn_plan"]
        assert isinstance(actions, list)
        return actions


def alarmed(*mentions: Mention, intent: str = "report_emergency", topics: tuple[str, ...] = (), **slots: Any) -> Talk:
    talk = Talk(**slots)
    talk.say(said(intent, "...", *mentions, topics=topics))
    return talk


@pytest.mark.parametrize("danger", ["crisis", "emergency", "abuse"])
def test_a_question_that_may_report_danger_is_answered_with_a_line_about_help(danger: str) -> None:
    talk, hinted = Talk(), Mention("danger_hint", danger, 0, 0)
    assert talk.say(said("ask_cost", "...", hinted, topics=("ask_cost",))) == [
        "utter_ask_cost",
        f"utter_danger_hint_{danger}",
        "utter_referral_short",
    ]
    assert not talk.slots.get("danger")
    assert talk.say(said("ask_pain", topics=("ask_pain",))) == ["utter_ask_pain", "utter_referral_short"]


def test_the_reminder_of_an_alarm_says_as_much_as_the_line_about_help() -> None:
    talk = alarmed(BY_PATTERN, intent="express_self_harm")
    actions = talk.say(said("ask_cost", "...", Mention("danger_hint", "crisis", 0, 0), topics=("ask_cost",)))
    assert actions == ["utter_danger_reminder_crisis", "utter_ask_cost", "utter_referral_short"]


def test_the_reminder_of_another_danger_does_not() -> None:
    talk = alarmed(BY_PATTERN)
    assert talk.slots["danger"] == "emergency"
    actions = talk.say(said("ask_cost", "...", Mention("danger_hint", "crisis", 0, 0), topics=("ask_cost",)))
    assert actions == ["utter_danger_reminder_emergency", "utter_ask_cost", "utter_danger_hint_crisis", "utter_referral_short"]


@pytest.mark.parametrize("answer", [said("nlu_fallback", FALSE), BUTTON])
def test_an_alarm_by_the_classifier_alone_ends_when_it_is_called_false(answer: ParsedMessage) -> None:
    talk = alarmed(BY_CLASSIFIER)
    assert talk.say(answer) == ["utter_alarm_taken_back", "utter_say_it_again", "utter_referral_short"]
    assert talk.slots["danger"] is None
    assert talk.say(said("inform")) == ["utter_danger_reminder_taken_back", "utter_inform", "utter_referral_short"]


def test_what_was_asked_is_answered_then_with_the_condition_it_was_asked_for() -> None:
    scarring = Mention("hair_loss_type", "scarring", 0, 1, "asked")
    talk = alarmed(BY_CLASSIFIER, scarring, topics=("ask_pain", "ask_cost"))
    actions = talk.say(said("deny", FALSE))
    assert actions == ["utter_alarm_taken_back", "utter_ask_pain", "utter_ask_cost", "utter_referral_short"]
    assert (talk.slots["topic"], talk.slots["topic_condition"]) == ("ask_cost", "scarring")
    assert talk.slots["unanswered"] is None


MINOXIDIL = Mention("prior_treatments", "minoxidil", 10, 19)
ANOTHER_TREATMENT = ("how is minoxidil for pain", MINOXIDIL)
ANOTHER_USE = ("are exosomes for knees painful",)


@pytest.mark.parametrize("asked", [ANOTHER_TREATMENT, ANOTHER_USE])
def test_a_question_beside_our_topics_is_asked_for_again(asked: Any) -> None:
    talk = alarmed(BY_CLASSIFIER, topics=("ask_cost",))
    talk.say(said("report_emergency", *asked, BY_CLASSIFIER, topics=("ask_pain",)))
    assert talk.say(BUTTON) == ["utter_alarm_taken_back", "utter_say_it_again", "utter_referral_short"]


def test_a_question_beside_our_topics_in_the_words_that_take_the_alarm_back_is_asked_for_again() -> None:
    talk = alarmed(BY_CLASSIFIER)
    again = said("report_emergency", "I only asked how minoxidil hurts", MINOXIDIL, BY_CLASSIFIER, topics=("ask_pain",))
    assert talk.say(again) == ["utter_alarm_taken_back", "utter_say_it_again", "utter_referral_short"]


def test_an_answer_of_the_check_that_names_a_treatment_lets_the_check_go_on() -> None:
    talk = Talk(requested_slot="health_flags", check_consent="yes", age="41")
    talk.say(said("report_emergency", *ANOTHER_TREATMENT, BY_CLASSIFIER, topics=("ask_pain",)))
    assert talk.say(BUTTON)[1] == "utter_check_resumed"


def test_a_question_in_the_same_message_comes_instead() -> None:
    talk = alarmed(BY_CLASSIFIER, topics=("ask_pain",))
    actions = talk.say(said("ask_cost", "I only asked what it costs", topics=("ask_cost",)))
    assert actions == ["utter_alarm_taken_back", "utter_ask_cost", "utter_referral_short"]


def test_a_check_that_the_alarm_ended_goes_on() -> None:
    talk = alarmed(BY_CLASSIFIER, requested_slot="health_flags", check_consent="yes", age="41")
    assert talk.slots["requested_slot"] is None
    assert talk.say(BUTTON) == ["utter_alarm_taken_back", "utter_check_resumed", "utter_ask_candidacy_form_health_flags"]
    assert talk.slots["requested_slot"] == "health_flags"


@pytest.mark.parametrize("intent", ["report_emergency", "report_abuse", "report_reaction"])
def test_the_next_result_of_the_check_is_not_decided_by_it(intent: str) -> None:
    talk = alarmed(BY_CLASSIFIER, intent=intent)
    talk.say(BUTTON)
    assert not talk.slots["danger"]
    assert talk.say(said("check_candidacy"))[1] == "utter_check_candidacy"


@pytest.mark.parametrize(
    "alarm",
    [
        {"intent": "report_emergency", "mentions": [BY_PATTERN]},
        {"intent": "report_emergency", "mentions": []},
        {"intent": "report_reaction", "mentions": [BY_PATTERN]},
        {"intent": "report_abuse", "mentions": [BY_PATTERN]},
        {"intent": "express_self_harm", "mentions": [BY_CLASSIFIER]},
    ],
)
def test_a_crisis_and_what_a_pattern_found_stay(alarm: Any) -> None:
    talk = alarmed(*alarm["mentions"], intent=alarm["intent"])
    before = talk.slots["danger"]
    assert talk.say(said("deny", FALSE))[-1] == "utter_rather_careful"
    assert talk.say(BUTTON)[-1] == "utter_rather_careful"
    assert talk.slots["danger"] == before


def test_a_question_after_an_alarm_that_stays_is_answered_after_the_reminder() -> None:
    talk = alarmed(BY_PATTERN)
    actions = talk.say(said("ask_cost", "I only asked, what does it cost?", topics=("ask_cost",)))
    assert actions == ["utter_danger_reminder_emergency", "utter_ask_cost", "utter_referral_short"]


@pytest.mark.parametrize(
    ("first", "second", "retractable"),
    [
        (BY_CLASSIFIER, BY_CLASSIFIER, True),
        (BY_CLASSIFIER, BY_PATTERN, False),
        (BY_PATTERN, BY_CLASSIFIER, False),
        (None, BY_CLASSIFIER, False),
    ],
)
def test_one_pattern_in_the_session_is_enough(first: Mention | None, second: Mention, retractable: bool) -> None:
    talk = alarmed(*([first] if first else []))
    talk.say(said("report_emergency", "...", second))
    assert is_retractable(talk.slots) == retractable


def test_a_crisis_after_an_alarm_that_could_be_taken_back_stays() -> None:
    talk = alarmed(BY_CLASSIFIER)
    talk.say(said("express_self_harm", "...", BY_CLASSIFIER))
    assert not is_retractable(talk.slots)


def test_the_same_words_that_the_classifier_fears_again_take_the_alarm_back() -> None:
    talk = alarmed(BY_CLASSIFIER)
    assert talk.say(said("report_emergency", FALSE, BY_CLASSIFIER))[0] == "utter_alarm_taken_back"


@pytest.mark.parametrize("again", [said("report_emergency", FALSE, BY_PATTERN), said("express_self_harm", FALSE, BY_CLASSIFIER)])
def test_danger_in_the_words_that_call_it_false_is_danger(again: ParsedMessage) -> None:
    talk = alarmed(BY_CLASSIFIER)
    assert talk.say(again)[0] == f"utter_{again.intent}"


@pytest.mark.parametrize("text", [FALSE, "I am well aware I'm slipping away"])
@pytest.mark.parametrize(
    ("first", "second"),
    [("report_reaction", "report_abuse"), ("report_reaction", "report_emergency"), ("report_abuse", "report_emergency")],
)
def test_a_more_serious_danger_is_never_taken_for_the_old_one(first: str, second: str, text: str) -> None:
    talk = alarmed(BY_CLASSIFIER, intent=first)
    assert f"utter_{second}" in talk.say(said(second, text, BY_CLASSIFIER))


def test_a_lesser_danger_in_words_that_call_the_old_one_false_ends_it() -> None:
    talk = alarmed(BY_CLASSIFIER, intent="report_emergency")
    assert talk.say(said("report_reaction", FALSE, BY_CLASSIFIER))[0] == "utter_alarm_taken_back"


def test_a_new_alarm_after_a_false_one_counts_like_the_first() -> None:
    talk = Talk(**ALARM_ENDED)
    assert talk.say(said("report_emergency", "...", BY_PATTERN))[0] == "utter_report_emergency"
    assert reminder(talk.slots) == "utter_danger_reminder_emergency"
    assert Talk(**ALARM_ENDED).say(said("report_reaction", "...", BY_PATTERN))[0] == "utter_report_reaction"


def test_without_danger_the_words_mean_nothing() -> None:
    assert Talk().say(said("deny", FALSE)) == ["utter_deny", "utter_referral_short"]


@pytest.mark.parametrize("kind", sorted(CALM_KINDS))
def test_a_calm_kind_raises_no_alarm_and_leaves_no_danger_behind(kind: str) -> None:
    intent = "express_self_harm" if kind == "bereaved" else "report_reaction"
    talk = alarmed(of_kind(kind), BY_PATTERN, intent=intent)
    assert not raises_alarm(said(intent, "...", of_kind(kind)), {})
    assert talk.slots["turn_plan"][0] == f"utter_{intent}"
    assert talk.slots["danger_kind"] == kind
    assert not talk.slots.get("danger")
    assert reminder(talk.slots) is None


def test_after_the_prescriber_was_named_the_question_of_the_check_comes_again() -> None:
    talk = Talk(requested_slot="age", check_consent="yes")
    actions = talk.say(said("report_reaction", "...", of_kind("sexual_effects"), topics=("ask_pain",)))
    assert actions == ["utter_report_reaction", "utter_ask_candidacy_form_age"]
    assert talk.say(said("express_self_harm", "...", of_kind("bereaved"))) == ["utter_express_self_harm"]
    assert talk.slots["requested_slot"] is None, "nobody is asked for their age after a death"


def test_a_calm_kind_after_a_crisis_follows_the_reminder_of_it() -> None:
    talk = alarmed(of_kind("someone_else"), intent="express_self_harm")
    actions = talk.say(said("report_reaction", "...", of_kind("low_mood")))
    assert actions == ["utter_danger_reminder_crisis", "utter_report_reaction", "utter_referral_short"]
    assert talk.slots["reminder_kind"] == "someone_else", "we still remind of the other person"


def test_a_lesser_danger_does_not_change_whom_we_remind_of() -> None:
    talk = alarmed(of_kind("someone_else"), intent="express_self_harm")
    talk.say(said("report_reaction", "...", of_kind("lumps")))
    assert (talk.slots["danger"], talk.slots["danger_kind"], talk.slots["reminder_kind"]) == ("crisis", "lumps", "someone_else")


def test_after_abuse_the_ordinary_business_waits() -> None:
    talk = alarmed(intent="report_abuse")
    assert talk.say(said("inform")) == ["utter_danger_reminder_abuse", "utter_care_first"]


@pytest.mark.parametrize("intent", ["report_emergency", "express_self_harm", "report_abuse"])
def test_after_an_alarm_there_is_no_result(intent: str) -> None:
    talk = alarmed(intent=intent)
    for later in (said("check_candidacy"), said("inform", "i'm 34", Mention("age", "34", 4, 6)), said("affirm")):
        assert talk.say(later)[1:] == ["utter_care_first"]
    assert talk.slots.get("candidacy_outcome") is None


def test_only_an_alarm_that_can_be_taken_back_remembers_what_was_asked() -> None:
    parsed = said("report_emergency", "...", BY_PATTERN, topics=("ask_cost",))
    assert memory_of_alarm(parsed, {})["unanswered"] is None


@pytest.mark.parametrize(("confidence", "topics"), [(0.6, ["ask_cost"]), (0.4, [])])
def test_the_harmless_reading_of_a_danger(confidence: float, topics: list[str]) -> None:
    message: Understanding = {
        "text": "...",
        "intent": {"name": "report_emergency", "confidence": 1.0},
        "entities": [],
        "intent_ranking": [
            {"name": "report_reaction", "confidence": 0.7},
            {"name": "ask_cost", "confidence": confidence},
            {"name": "ask_pain", "confidence": 0.3},
        ],
    }
    assert list(parse_message(message, {}, ["ask_cost", "ask_pain"]).topics) == topics


def test_a_detail_that_was_asked_before_the_alarm_is_answered_after_it() -> None:
    asked = ParsedMessage("report_emergency", "...", [BY_CLASSIFIER], ["ask_cost"], details={"ask_cost": "refund"})
    assert memory_of_alarm(asked, {})["unanswered"] == ["ask_cost/refund"]
    responses: dict[str, list[Variant]] = {"utter_ask_cost/refund": [{"text": "..."}]}
    talk = Talk(**memory_of_alarm(asked, {}))
    found = plan_turn(Situation(BUTTON, talk.slots, RULES, responses=responses))
    assert found["turn_plan"][:2] == ["utter_alarm_taken_back", "utter_ask_cost/refund"]
    assert (found["topic"], found["topic_detail"]) == ("ask_cost", "refund")
