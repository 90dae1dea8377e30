"""What a message does with the question that is open: each row of the table, and its near misses."""

from __future__ import annotations

from typing import Any

import pytest

from components.understanding.dialogue_acts import ROWS, Utterance, intent_in_context, row_for
from runtime.shapes import Entity

CONSENT, AGE, FLAGS, TYPE, STAGE, RESPONSE = (
    "check_consent",
    "age",
    "health_flags",
    "hair_loss_type",
    "hair_loss_stage",
    "treatment_response",
)
AFTER_COST = {"topic": "ask_cost", "turn_plan": ["utter_ask_cost", "utter_referral"]}
AFTER_LEAVING = {"turn_plan": ["utter_check_left", "utter_referral"]}
ON_EVIDENCE = {"topic": "ask_evidence"}
AFTER_RESULT = {"turn_plan": ["action_assess_candidacy", "utter_assessment"]}


def value(slot: str, name: str, role: str | None = None, start: int = 0, end: int = 1) -> Entity:
    entity: Entity = {"entity": slot, "value": name, "start": start, "end": end}
    return {**entity, "role": role} if role else entity


def reply(name: str) -> Entity:
    return value("reply", name)


def read(text: str, intent: str, confidence: float, *entities: Entity, asked: str | None = None, **slots: Any) -> str:
    return intent_in_context(Utterance(text, intent, confidence, entities, {"requested_slot": asked, **slots}))


# (row, text, the classifier's intent and confidence, entities, open question, other slots, what it becomes)
Case = tuple[str, str, str, float, list[Entity], str | None, dict[str, Any], str]
CASES: list[Case] = [
    ("cancels_a_visit", "cancel my appointment", "stop", 0.79, [], None, {}, "book_consultation"),
    ("cancels_a_visit", "i need to cancel tuesdays visit", "stop", 0.8, [], AGE, {}, "book_consultation"),
    ("says_start", "start", "stop", 0.95, [reply("yes")], CONSENT, {}, "affirm"),
    ("says_start", "begin", "start_over", 0.69, [], CONSENT, {}, "affirm"),
    ("names_a_condition", "ccca", "goodbye", 0.92, [value(TYPE, "scarring", end=4)], AGE, {}, "inform"),
    ("names_a_condition", "ffa", "affirm", 0.73, [value(TYPE, "scarring", end=3)], CONSENT, {}, "inform"),
    ("names_a_condition", "te", "thank", 0.91, [value(TYPE, "stress_or_hormonal", end=2)], TYPE, {}, "inform"),
    ("answers_by_value", "had to quit, no change", "stop", 0.94, [value(RESPONSE, "did_not_help")], RESPONSE, {}, "inform"),
    ("answers_by_value", "It's only just beginning", "start_over", 0.57, [value(STAGE, "early")], STAGE, {}, "inform"),
    ("answers_by_value", "the end is near, nearly all gone", "goodbye", 0.94, [value(STAGE, "advanced")], STAGE, {}, "inform"),
    ("answers_by_reply", "nah, i am done with all that", "stop", 0.92, [reply("no")], FLAGS, {}, "inform"),
    ("commands_unclearly", "on and off", "start_over", 0.6, [], STAGE, {}, "nlu_fallback"),
    ("states_a_value", "2 weeks isn't enough is it", "ask_cost", 0.92, [value(RESPONSE, "too_early")], RESPONSE, {}, "inform"),
    ("states_a_value", "same as my old man", "express_distress", 0.93, [value(TYPE, "pattern")], TYPE, {}, "inform"),
    ("states_a_value", "in the family, my aunts too", "book_consultation", 0.6, [value(TYPE, "pattern")], TYPE, {}, "inform"),
    ("answers_by_value", "scratch the iron", "start_over", 0.94, [value(FLAGS, "nutritional_gap", "denied")], TYPE, {}, "inform"),
    ("states_something_unread", "my barber has seen it go thin on top", "ask_procedure", 0.6, [], AGE, {}, "inform"),
    ("asks_vaguely_about_question", "is that normal", "nlu_fallback", 0.5, [], STAGE, {}, "explain_question"),
    ("asks_vaguely_about_question", "but why", "affirm", 0.6, [], CONSENT, {}, "explain_question"),
    ("says_nothing", "???", "complain", 0.7, [], AGE, {}, "nlu_fallback"),
    ("says_nothing", "?", "ask_more_detail", 0.7, [], None, {}, "nlu_fallback"),
    ("asks_for_more_than_question", "what's that got to do with it", "ask_more_detail", 0.8, [], TYPE, {}, "explain_question"),
    ("says_start", "start", "stop", 0.95, [reply("yes")], None, {}, "check_candidacy"),
    ("names_a_condition", "lpp", "greet", 0.55, [value(TYPE, "scarring", end=3)], None, {}, "ask_who_it_helps"),
    ("names_a_condition", "ffa?", "affirm", 0.73, [value(TYPE, "scarring", end=3)], None, ON_EVIDENCE, "ask_evidence"),
    ("asks_vaguely_about_result", "why", "explain_question", 0.93, [], None, AFTER_RESULT, "check_candidacy"),
    ("asks_vaguely_about_result", "so no then?", "deny", 0.9, [], None, AFTER_RESULT, "check_candidacy"),
    ("asks_vaguely", "why", "explain_question", 0.93, [], None, AFTER_COST, "ask_more_detail"),
    ("asks_vaguely", "how come", "ask_how_it_works", 0.5, [], None, AFTER_COST, "ask_more_detail"),
    ("asks_vaguely", "is that normal", "nlu_fallback", 0.5, [], None, {}, "ask_more_detail"),
    ("asks_vaguely", "which one then", "affirm", 0.89, [], None, AFTER_COST, "ask_more_detail"),
    ("asks_vaguely", "are you sure", "affirm", 0.94, [value("reply", "yes", "asked")], None, AFTER_COST, "ask_more_detail"),
    ("asks_vaguely", "ok so what now", "nlu_fallback", 0.5, [reply("yes")], None, AFTER_COST, "ask_more_detail"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "text", "intent", "confidence", "entities", "asked", "slots", "expected"), CASES)
def test_each_row(
    row: str,
    text: str,
    intent: str,
    confidence: float,
    entities: list[Entity],
    asked: str | None,
    slots: dict[str, Any],
    expected: str,
) -> None:
    said = Utterance(text, intent, confidence, entities, {"requested_slot": asked, **slots})
    found = row_for(said)
    assert found is not None
    assert found.when.__name__ == row
    assert intent_in_context(said) == expected


def test_every_row_has_a_case() -> None:
    missing = {row.when.__name__ for row in ROWS} - {case[0] for case in CASES}
    assert not missing
    assert all(row.why for row in ROWS)


@pytest.mark.parametrize(
    ("text", "intent", "confidence", "entities", "asked", "slots"),
    [
        # Clear commands stay, whatever else they may be read as.
        ("stop", "stop", 1.0, [], STAGE, {}),
        ("stop", "stop", 1.0, [value(RESPONSE, "did_not_help")], RESPONSE, {}),
        ("no, stop this", "stop", 0.97, [reply("no")], FLAGS, {}),
        ("bye", "goodbye", 1.0, [], STAGE, {}),
        ("restart", "start_over", 0.99, [], STAGE, {}),
        ("no, go back", "go_back", 0.97, [reply("no")], FLAGS, {}),
        ("actually i'm 44", "go_back", 0.8, [value(AGE, "44")], AGE, {}),
        ("stop", "stop", 1.0, [], CONSENT, {}),
        ("restart", "start_over", 0.99, [], CONSENT, {}),
        ("ok bye now", "goodbye", 0.95, [reply("yes")], CONSENT, {}),
        ("start over", "stop", 1.0, [reply("yes")], CONSENT, {}),
        ("ok do it", "affirm", 0.97, [reply("yes")], None, {}),
        ("how do you do", "greet", 0.97, [], None, AFTER_COST),
        ("bye, see you at my appointment", "goodbye", 0.95, [], None, {}),
        ("stop, i'll talk at my consultation", "stop", 0.99, [], AGE, {}),
        # Questions stay, also beside an answer.
        ("45, does it hurt?", "ask_pain", 0.95, [value(AGE, "45")], AGE, {}),
        ("early, is that good?", "ask_evidence", 0.7, [value(STAGE, "early")], STAGE, {}),
        ("price", "ask_cost", 0.9, [], AGE, {}),
        ("how much is it", "ask_cost", 1.0, [], None, AFTER_COST),
        ("who are you", "bot_challenge", 0.98, [], None, AFTER_COST),
        ("what can you do", "ask_capabilities", 0.99, [], None, AFTER_COST),
        ("why is my hair falling out", "ask_hair_loss_cause", 1.0, [], None, AFTER_COST),
        # A plain yes or no answers the open question.
        ("yes", "affirm", 1.0, [reply("yes")], CONSENT, {}),
        ("no", "deny", 1.0, [reply("no")], FLAGS, {}),
        ("so no then?", "deny", 0.9, [reply("no")], RESPONSE, {}),
        ("yes i am", "affirm", 0.95, [reply("yes")], None, {}),
        ("yes", "affirm", 1.0, [reply("yes")], None, {}),
        ("ok", "affirm", 1.0, [reply("yes")], None, AFTER_COST),
        ("ok i see", "affirm", 0.95, [reply("yes")], None, AFTER_LEAVING),
        # More than the name of a condition.
        ("thanks, it's ccca", "thank", 0.9, [value(TYPE, "scarring", start=13, end=17)], None, {}),
        # Danger stays.
        ("why", "express_self_harm", 1.0, [], None, AFTER_COST),
    ],
)
def test_what_stays_as_the_classifier_reads_it(
    text: str, intent: str, confidence: float, entities: list[Entity], asked: str | None, slots: dict[str, Any]
) -> None:
    assert read(text, intent, confidence, *entities, asked=asked, **slots) == intent
