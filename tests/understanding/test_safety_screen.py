"""The safety screen between the patterns and the classifier, with scores as the classifier could give them."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from components.understanding.intent_classifier import LANGUAGE, SCORES
from components.understanding.safety_screen import SafetyScreen, earlier_messages, settle_doubt
from components.understanding.sentence_encoder import PARTS

SCREEN = SafetyScreen(SafetyScreen.get_default_config())
HARMLESS = {
    "ask_aftercare": 0.4,
    "express_self_harm": -0.5,
    "report_emergency": -0.5,
    "report_abuse": -0.5,
    "report_reaction": -0.5,
}
TOLD = {"inform": HARMLESS["ask_aftercare"], **{intent: HARMLESS[intent] for intent in HARMLESS if intent != "ask_aftercare"}}


def screened(
    text: str,
    scores: dict[str, float] = HARMLESS,
    said: tuple[str, ...] = (),
    parts: dict[str, dict[str, float]] | None = None,
    topic: str | None = None,
    is_told: bool = False,
    **properties: Any,
) -> dict[str, Any]:
    """Returns the intent of `text` and the values of its entities, if the classifier gave it `scores`, and its `parts` theirs.

    `topic` is that of the last answer. `is_told` is whether the message by itself only tells something.
    """
    parts = parts or {}
    ranking = [
        {"name": name, "confidence": 0.9 if score == max(scores.values()) or name == "ask_aftercare" else 0.1}
        for name, score in scores.items()
    ]
    ranking.sort(key=lambda reading: -float(reading["confidence"]))
    understood = {"intent": ranking[0], "intent_ranking": ranking, PARTS: list(parts), SCORES: [scores, *parts.values()]}
    message = Message({"text": text, **understood, **properties})
    events = [UserUttered(earlier) for earlier in said]
    last = {"topic": topic, "turn_plan": [f"utter_{topic}"]} if topic else {}
    slots = [AnySlot(name, mappings=[], initial_value=value) for name, value in last.items()]
    SCREEN.process([message], DialogueStateTracker.from_events("visitor", events, slots))
    settle_doubt(message, is_told)
    found = {entity["entity"]: entity["value"] for entity in message.get("entities", [])}
    return {"intent": message.get("intent")["name"], **found}


def test_a_pattern_is_enough() -> None:
    assert screened("i can't breathe") == {"intent": "report_emergency", "danger_kind": "breathing", "danger_basis": "pattern"}


@pytest.mark.parametrize("intent", ["express_self_harm", "report_emergency", "report_abuse"])
def test_the_classifier_is_enough(intent: str) -> None:
    assert screened("the lights are going out", {**HARMLESS, intent: 0.75})["intent"] == intent
    assert screened("the lights are going out", {**HARMLESS, intent: 0.75})["danger_basis"] == "classifier"


@pytest.mark.parametrize(
    ("intent", "danger"), [("express_self_harm", "crisis"), ("report_emergency", "emergency"), ("report_abuse", "abuse")]
)
def test_a_question_is_answered_while_the_alarm_is_in_doubt(intent: str, danger: str) -> None:
    text = "the lights are going out"
    doubtful = {**HARMLESS, intent: 0.42}
    assert screened(text, doubtful) == {"intent": "ask_aftercare", "danger_hint": danger}
    assert screened(text, {**HARMLESS, intent: 0.55})["danger_basis"] == "classifier"
    assert screened(text, {**HARMLESS, intent: 0.55}, topic="ask_cost")["danger_hint"] == danger, "short, after an answer"
    assert screened(text, {**TOLD, intent: 0.42})["danger_basis"] == "classifier", "it asks nothing"
    vague = {**TOLD, "inform": 0.1, "ask_more_detail": 0.4, intent: 0.42}
    assert screened(text, vague)["danger_basis"] == "classifier", "it only asks for more"
    assert screened(text, doubtful, is_told=True)["danger_basis"] == "classifier", "it only means a question after an answer"
    reaction = {"report_reaction": 0.5, **{name: HARMLESS[name] for name in HARMLESS if name != "report_reaction"}, intent: 0.42}
    assert screened(text, reaction)["danger_basis"] == "classifier", "it reports a reaction as well"
    assert screened(text, doubtful, **{LANGUAGE: "es"})["danger_hint"] == danger
    assert screened(text, doubtful, **{LANGUAGE: "fr"})["danger_basis"] == "classifier"
    assert screened("i want to die, what does it cost", doubtful)["danger_basis"] == "pattern"


def test_the_classifier_must_be_surer_of_a_short_message_after_an_answer() -> None:
    scores = {**TOLD, "express_self_harm": 0.42}
    assert screened("how many do i take", scores)["intent"] == "express_self_harm"
    assert screened("how many do i take", scores, topic="ask_cost")["intent"] == "nlu_fallback"
    assert screened("how many do i take " * 4, scores, topic="ask_cost")["intent"] == "express_self_harm"
    assert screened("how many do i take", {**scores, "express_self_harm": 0.5}, topic="ask_cost")["intent"] == "express_self_harm"
    assert screened("i want to die", scores, topic="ask_cost")["danger_basis"] == "pattern"


def test_the_classifier_is_enough_in_another_language() -> None:
    scores = {**HARMLESS, "report_emergency": 0.6}
    assert screened("les lumières s'éteignent", scores, **{LANGUAGE: "fr"})["intent"] == "report_emergency"


@pytest.mark.parametrize("text", ["this price is killing me", "i'm not suicidal, only tired"])
def test_the_classifier_must_be_surer_beside_a_figure_of_speech_or_a_denial(text: str) -> None:
    assert screened(text, {**HARMLESS, "express_self_harm": 0.6})["intent"] == "ask_aftercare"
    assert screened(text, {**HARMLESS, "express_self_harm": 0.95})["intent"] == "express_self_harm"


@pytest.mark.parametrize("text", ["could the lights go out, is it possible", "the lights went out ten years ago"])
def test_the_classifier_must_be_surer_of_an_emergency_that_is_only_asked_about_or_long_past(text: str) -> None:
    assert screened(text, {**HARMLESS, "report_emergency": 0.6})["intent"] == "ask_aftercare"
    assert screened(text, {**HARMLESS, "report_emergency": 0.95})["intent"] == "report_emergency"
    assert screened(text, {**HARMLESS, "express_self_harm": 0.75})["intent"] == "express_self_harm"


@pytest.mark.parametrize(
    ("parts", "intent"),
    [
        (["what if the lights go out", "what does it cost"], "ask_aftercare"),
        (["what does it cost", "the lights are going out"], "report_emergency"),
    ],
)
def test_the_part_that_alarms_most_decides_what_is_only_asked_about(parts: list[str], intent: str) -> None:
    emergency = {**HARMLESS, "report_emergency": 0.75}
    scores = {part: emergency if "lights" in part else HARMLESS for part in parts}
    assert screened(". ".join(parts), emergency, parts=scores)["intent"] == intent


def test_an_emergency_by_the_classifier_counts_before_a_reaction_by_a_pattern() -> None:
    text = "fever since the injections and he sees people who aren't here"
    assert screened(text)["intent"] == "report_reaction"
    assert screened(text)["danger_basis"] == "pattern"
    assert screened(text, {**HARMLESS, "report_emergency": 0.7})["intent"] == "report_emergency"


@pytest.mark.parametrize("intent", ["report_emergency", "report_abuse"])
def test_an_alarm_by_the_classifier_counts_before_a_loss_by_a_pattern(intent: str) -> None:
    text = "my brother killed himself in may and the lights are going out"
    found = screened(text, {**HARMLESS, intent: 0.7})
    assert (found["intent"], found["danger_basis"]) == (intent, "classifier")


def test_the_classifier_makes_no_crisis_of_a_loss() -> None:
    expected = {"intent": "express_self_harm", "danger_kind": "bereaved", "danger_basis": "pattern"}
    text = "my brother killed himself in may and i shed ever since"
    assert screened(text, {**HARMLESS, "express_self_harm": 0.9}) == expected
    assert screened(text, {**HARMLESS, "report_reaction": 0.9}) == expected
    assert screened("my brother killed himself in may, i think i'm next")["danger_kind"] == "self"


def test_a_crisis_that_only_the_classifier_finds_is_no_loss() -> None:
    found = screened("since the funeral i see no colors", {**HARMLESS, "express_self_harm": 0.9})
    assert found == {"intent": "express_self_harm", "danger_kind": "self", "danger_basis": "classifier"}


def test_what_is_normal_in_the_first_days_is_no_reaction() -> None:
    scores = {**HARMLESS, "report_reaction": 0.8}
    assert screened("got exosomes 2 days ago, my scalp is red and tender", scores)["intent"] != "report_reaction"
    assert screened("got exosomes 2 days ago, my scalp is red and oozes", scores)["intent"] == "report_reaction"


def test_the_messages_before_count() -> None:
    assert screened("breathe", said=("hello", "i can't"))["danger_kind"] == "breathing"
    said = ("got exosomes 2 days ago, scalp is still pink", "what does the next one cost")
    assert screened("since tonight its spreading and feels hot", said=said)["danger_kind"] == "spreading"
    assert screened("since tonight its spreading and feels hot")["intent"] == "ask_aftercare"


def test_earlier_messages_are_the_last_two_that_were_typed_in_this_session() -> None:
    typed = [
        UserUttered("one"),
        UserUttered("two"),
        UserUttered("/affirm"),
        ActionExecuted("action_listen"),
        UserUttered("three"),
    ]
    assert earlier_messages(DialogueStateTracker.from_events("visitor", typed)) == ["two", "three"]
    assert earlier_messages(DialogueStateTracker.from_events("visitor", [UserUttered("old"), SessionStarted()])) == []
