"""Which answers of the check a message gives, changes or takes back."""

from __future__ import annotations

from typing import Any

import pytest

from components.dialogue.check_answers import answers_in, bare_reply
from components.dialogue.parsed_message import ParsedMessage
from components.understanding.mentions import Mention

Said = tuple[str, str] | tuple[str, str, str]


def parsed(*said: Said, intent: str = "inform", text: str = "...") -> ParsedMessage:
    return ParsedMessage(intent, text, [Mention(entity, value, 0, 1, *role) for entity, value, *role in said])


def changed(slots: dict[str, Any], *said: Said, **more: str) -> dict[str, Any]:
    return answers_in(parsed(*said, **more), slots)


def test_a_statement_is_an_answer_and_a_question_is_none() -> None:
    assert changed({}, ("hair_loss_type", "pattern")) == {"hair_loss_type": "pattern"}
    assert changed({}, ("hair_loss_type", "pattern", "asked"), ("group", "women")) == {}


def test_lists_merge_and_none_yields_to_any_flag() -> None:
    assert changed({"health_flags": ["none"]}, ("health_flags", "allergy")) == {"health_flags": ["allergy"]}
    assert changed({"health_flags": ["allergy"]}, ("health_flags", "past_cancer")) == {"health_flags": ["allergy", "past_cancer"]}
    assert changed({"health_flags": ["allergy"]}, ("health_flags", "none")) == {}


def test_an_answer_replaces_not_sure_and_not_the_other_way_round() -> None:
    assert changed({"health_flags": ["not_sure"]}, ("health_flags", "allergy")) == {"health_flags": ["allergy"]}
    assert changed({"health_flags": ["allergy"]}, ("health_flags", "not_sure")) == {"health_flags": ["allergy", "not_sure"]}


def test_only_a_denial_of_the_very_thing_takes_it_away() -> None:
    slots = {"health_flags": ["allergy", "past_cancer"], "hair_loss_type": "scarring"}
    assert changed(slots, ("health_flags", "allergy", "denied")) == {"health_flags": ["past_cancer"]}
    assert changed(slots, ("health_flags", "active_cancer", "denied")) == {}
    assert changed(slots, ("hair_loss_type", "scarring", "denied")) == {"hair_loss_type": None}


def test_of_several_values_the_most_cautious_counts() -> None:
    assert changed({}, ("hair_loss_type", "pattern"), ("hair_loss_type", "scarring")) == {"hair_loss_type": "scarring"}
    both = [("hair_loss_type", "pattern"), ("hair_loss_type", "scarring"), ("hair_loss_type", "scarring", "denied")]
    assert changed({}, *both) == {"hair_loss_type": "pattern"}


def test_a_treatment_that_is_not_on_the_list_counts_as_another_one() -> None:
    assert changed({}, ("prior_treatments", "saw_palmetto")) == {"prior_treatments": ["other"]}


def test_everyday_words_count_where_the_talk_is_about_the_check() -> None:
    early = ("hair_loss_stage", "early")
    assert changed({}, early, intent="greet") == {}
    assert changed({}, early, intent="inform") == {"hair_loss_stage": "early"}
    assert changed({"requested_slot": "hair_loss_stage"}, early, intent="greet") == {"hair_loss_stage": "early"}


def test_the_effect_of_a_treatment_needs_the_treatment_or_its_question() -> None:
    helped = ("treatment_response", "helped")
    assert changed({"prior_treatments": ["prp"]}, helped) == {}
    assert changed({"prior_treatments": ["prp"], "requested_slot": "treatment_response"}, helped) == {
        "treatment_response": "helped"
    }
    assert changed({}, ("prior_treatments", "prp"), helped) == {"prior_treatments": ["prp"], "treatment_response": "helped"}


def test_what_depended_on_an_answer_goes_with_it() -> None:
    slots = {"prior_treatments": ["prp"], "treatment_response": "helped"}
    gone = {"prior_treatments": None, "treatment_response": None}
    assert changed(slots, ("prior_treatments", "prp", "denied")) == gone


@pytest.mark.parametrize(
    ("slots", "more", "may_change"),
    [
        ({}, {}, True),
        ({"requested_slot": "age"}, {}, True),
        ({}, {"intent": "go_back"}, True),
        ({}, {"text": "actually 18"}, True),
        ({}, {"text": "age 30 would be nicer"}, False),
    ],
)
def test_an_age_that_was_given_stands_until_it_is_stated_anew(
    slots: dict[str, Any], more: dict[str, str], may_change: bool
) -> None:
    first = not (slots or more)
    known = slots if first else {**slots, "age": "17"}
    assert changed(known, ("age", "30"), **more) == ({"age": "30"} if may_change else {})


@pytest.mark.parametrize(
    ("slot", "reply", "meaning"),
    [
        ("health_flags", "no", "none"),
        ("health_flags", "yes", None),
        ("prior_treatments", "no", "none"),
        ("treatment_response", "yes", "helped"),
        ("treatment_response", "no", "did_not_help"),
        ("hair_loss_type", "no", None),
        ("age", "not_sure", "not_sure"),
        ("check_consent", "declined", "declined"),
    ],
)
def test_what_a_bare_reply_means(slot: str, reply: str, meaning: str | None) -> None:
    assert bare_reply(parsed(("reply", reply)), slot) == meaning


def test_without_a_word_for_it_the_intent_is_the_reply() -> None:
    assert bare_reply(parsed(intent="deny"), "health_flags") == "none"
    assert bare_reply(parsed(intent="affirm"), "treatment_response") == "helped"
    assert bare_reply(parsed(intent="decline_answer"), "age") == "declined"
    assert bare_reply(parsed(("reply", "yes"), intent="deny"), "treatment_response") == "helped", (
        "a word weighs more than the intent"
    )


def test_yes_and_no_together_say_nothing_of_a_treatment() -> None:
    assert bare_reply(parsed(("reply", "yes"), ("reply", "no")), "treatment_response") is None


def test_two_guesses_and_doubt_are_not_sure() -> None:
    guesses: tuple[Said, ...] = (("hair_loss_type", "pattern"), ("hair_loss_type", "stress_or_hormonal"))
    assert changed({}, *guesses, ("reply", "not_sure")) == {"hair_loss_type": "not_sure"}
    assert changed({}, *guesses) == {"hair_loss_type": "stress_or_hormonal"}
    assert changed({}, guesses[0], ("reply", "not_sure")) == {"hair_loss_type": "pattern"}
