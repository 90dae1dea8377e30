"""What the dialogue hears of a message."""

from __future__ import annotations

from typing import Any

import pytest

from components.dialogue.parsed_message import ParsedMessage, parse_message
from components.understanding.mentions import Mention

ANSWERABLE = {"ask_cost", "ask_pain", "ask_side_effects", "ask_who_should_avoid", "ask_treatment_options", "ask_who_it_helps"}


def parsed(text: str, intent: str, *entities: dict[str, Any], slots: dict[str, Any] | None = None, **more: Any) -> ParsedMessage:
    message = {"text": text, "intent": {"name": intent, "confidence": 0.95}, "entities": list(entities), **more}
    return parse_message(message, slots or {}, ANSWERABLE)


def test_a_question_is_a_topic_and_a_statement_is_none() -> None:
    assert parsed("what does it cost", "ask_cost").topics == ["ask_cost"]
    assert parsed("i am 34", "inform").topics == []


def test_several_questions_in_one_message() -> None:
    both = parsed("does it hurt, and what does it cost?", "ask_cost", topics=["ask_pain", "ask_cost", "greet"])
    assert both.topics == ["ask_pain", "ask_cost"]


def test_a_pressed_button_asks_nothing_by_itself() -> None:
    assert parsed("/ask_cost", "ask_cost", topics=["ask_pain"]).topics == ["ask_cost"]
    assert not parsed('/inform{"age": "not_sure"}', "inform").asks


def test_a_button_may_carry_several_values() -> None:
    pressed = parsed("/inform", "inform", {"entity": "health_flags", "value": ["allergy", "past_cancer"]})
    assert [mention.value for mention in pressed.mentions] == ["allergy", "past_cancer"]


def test_the_detail_of_a_question() -> None:
    asked = parsed("any refunds, and does it hurt?", "ask_cost", topics=["ask_cost", "ask_pain"], details={"ask_cost": "refund"})
    assert asked.details == {"ask_cost": "refund"}
    assert asked.questions == ["ask_cost/refund", "ask_pain"]
    assert parsed("what does it cost", "ask_cost").details == {}


def test_a_button_names_its_detail() -> None:
    detail = {"entity": "detail", "value": "refund"}
    assert parsed('/ask_cost{"detail": "refund"}', "ask_cost", detail).questions == ["ask_cost/refund"]
    assert parsed("a refund", "ask_cost", detail).questions == ["ask_cost"], "nothing else can name one"


def test_a_detail_about_a_child_stays_that_detail() -> None:
    child = {"entity": "group", "value": "under_18", "start": 11, "end": 14, "role": "asked"}
    asked = parsed("what if my son sheds after it?", "ask_side_effects", child, details={"ask_side_effects": "shedding"})
    assert asked.questions == ["ask_side_effects/shedding"]


def test_side_effects_in_a_child_are_a_question_of_who_should_avoid_it() -> None:
    child = {"entity": "group", "value": "under_18", "start": 18, "end": 21, "role": "asked"}
    assert parsed("is it safe for my son", "ask_side_effects", child).topics == ["ask_who_should_avoid"]


def test_a_child_named_before_the_question_counts() -> None:
    child = {"entity": "group", "value": "under_18", "start": 3, "end": 11}
    assert parsed("my daughter is 9, is it safe for her?", "ask_side_effects", child).topics == ["ask_who_should_avoid"]


def test_a_visitor_who_has_a_child_does_not_ask_for_it() -> None:
    child = {"entity": "group", "value": "under_18", "start": 12, "end": 15}
    assert parsed("since i had my son, what are the risks", "ask_side_effects", child).topics == ["ask_side_effects"]


def test_the_treatment_that_a_question_is_about_comes_first() -> None:
    history = {"entity": "prior_treatments", "value": "minoxidil", "start": 0, "end": 9}
    asked = {"entity": "prior_treatments", "value": "prp", "start": 0, "end": 0, "role": "asked"}
    message = parsed("minoxidil did nothing, how much is the other one", "ask_treatment_options", history, asked)
    assert message.treatments == ["prp", "minoxidil"]
    assert [item.value for item in message.named_treatments] == ["minoxidil"]


@pytest.mark.parametrize("text", ["start over", "can we begin again", "please start the check from scratch"])
def test_whoever_has_answered_something_may_start_over(text: str) -> None:
    assert parsed(text, "check_candidacy", slots={"age": "41"}).intent == "start_over"
    assert parsed(text, "stop", slots={"requested_slot": "check_consent"}).intent == "start_over"
    assert parsed(text, "check_candidacy").intent == "check_candidacy"


def test_the_details_that_it_asks_about() -> None:
    assert parsed("do i get my money back", "ask_cost", details={"ask_cost": "refund"}).details == {"ask_cost": "refund"}
    assert parsed("what does it cost", "ask_cost").details == {}


def test_whom_it_is_about_stays_until_another_person_is_spoken_of() -> None:
    assert parsed("my son has patches", "inform").about_whom == "child"
    assert parsed("what does it cost", "ask_cost", slots={"about_whom": "child"}).about_whom == "child"
    assert parsed("and for me?", "ask_cost", slots={"about_whom": "child"}).about_whom == "self"
    age = {"entity": "age", "value": "34", "start": 10, "end": 12}
    assert parsed("my son is 34 and thinning", "inform", age).about_whom == "someone_else"


def test_only_a_high_confidence_is_sure() -> None:
    assert parsed("bye", "goodbye").sure
    assert not parse_message(
        {"text": "bye", "intent": {"name": "goodbye", "confidence": 0.8}, "entities": []}, {}, ANSWERABLE
    ).sure
    assert not parse_message({"text": "bye", "intent": {"name": "goodbye"}, "entities": []}, {}, ANSWERABLE).sure


@pytest.mark.parametrize(
    ("text", "asks"), [("does it hurt", True), ("it hurts?", True), ("is that so", True), ("it hurts", False)]
)
def test_the_form_of_a_question(text: str, asks: bool) -> None:
    assert ParsedMessage("inform", text).asks == asks


def test_what_it_names() -> None:
    mentions = [
        Mention("health_flags", "past_cancer", 0, 1),
        Mention("health_flags", "none", 0, 1),
        Mention("hair_loss_type", "pattern", 0, 1, "denied"),
        Mention("group", "women", 0, 1, "asked"),
        Mention("prior_treatments", "prp", 0, 1, "asked"),
        Mention("prior_treatments", "minoxidil", 0, 1, "denied"),
        Mention("reply", "no", 0, 1),
        Mention("reply", "yes", 0, 1, "denied"),
    ]
    message = ParsedMessage("inform", "...", mentions)
    assert message.conditions == ["women", "cancer"]
    assert message.treatments == ["prp"]
    assert message.replies == ["no"]
    assert message.first("prior_treatments") == "prp"
    assert message.first("language") is None


def test_what_others_have_chooses_no_answer_but_reaches_the_check() -> None:
    hers = {"entity": "health_flags", "value": "allergy", "start": 0, "end": 7, "holder": "partner", "status": "past"}
    his = {"entity": "prior_treatments", "value": "prp", "start": 0, "end": 3, "holder": "someone_else", "concept": "prp"}
    heard = parsed("allergy, prp", "inform", hers, his)
    assert (heard.conditions, heard.treatments, heard.named_treatments) == ([], [], [])
    assert [(mention.holder, mention.status, mention.concept) for mention in heard.mentions] == [
        ("partner", "past", None),
        ("someone_else", None, "prp"),
    ]
