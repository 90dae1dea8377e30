"""Details on their way through the pipeline's components, with scores as the classifier could give them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message

from components.understanding.dialogue_context import DialogueContext
from components.understanding.intent_classifier import DETAILS, LIKELY_DETAILS, SCORES, IntentClassifier, labels
from components.understanding.languages import ENGLISH
from components.understanding.sentence_encoder import PART_VECTORS, PARTS

Scores = dict[str, float]
LABELS = ["ask_cost", "ask_fda_status", "ask_pain", "express_distress", "out_of_scope"]


class FakeClassifier:
    """Gives each text the scores written down for it: labels of topics, and labels of details."""

    labels = LABELS

    def __init__(self, scores: dict[str, tuple[Scores, dict[str, Scores]]]) -> None:
        self._scores = scores

    def scores_with_details(self, texts: list[str], vectors: Any) -> tuple[Any, list[dict[str, Scores]]]:
        rows = [[self._scores[text][0].get(label, 0.0) for label in LABELS] for text in texts]
        return np.array(rows, np.float32), [self._scores[text][1] for text in texts]

    def confidence(self, scores: Any) -> Any:
        return scores


def read(text: str, topics: Scores, details: dict[str, Scores], **parts: tuple[Scores, dict[str, Scores]]) -> Message:
    """Returns the message as the classifier reads it. A part is given with underscores in the place of blanks."""
    known = {part.replace("_", " "): scores for part, scores in parts.items()}
    classifier = IntentClassifier(IntentClassifier.get_default_config(), None, None)  # type: ignore[arg-type] # trains nothing
    classifier._classifiers = {ENGLISH: FakeClassifier({text: (topics, details), **known})}
    vector = Features(np.zeros((1, 4)), "sentence", "text", "SentenceEncoder")
    message = Message({"text": text, PARTS: list(known), PART_VECTORS: np.zeros((len(known), 4))}, features=[vector])
    classifier.process([message])
    return message


def in_context(message: Message, **slots: Any) -> Message:
    tracker = DialogueStateTracker("visitor", [AnySlot(name, [], initial_value=value) for name, value in slots.items()])
    DialogueContext().process([message], tracker)
    return message


def test_a_message_asks_for_the_detail_of_its_topic() -> None:
    message = read("is it cheaper in turkey", {"ask_cost": 0.9}, {"ask_cost": {"abroad": 0.5, "refund": 0.1}})
    assert message.get(DETAILS) == {"ask_cost": "abroad"}
    assert DETAILS in message.output_properties
    assert in_context(message).get(DETAILS) == {"ask_cost": "abroad"}


def test_a_general_question_asks_for_none() -> None:
    message = read("how much is it", {"ask_cost": 0.9}, {"ask_cost": {"abroad": 0.19}})
    assert message.get(DETAILS) == {}


def test_a_clear_detail_of_the_next_topic_changes_the_topic_but_not_how_sure_we_are() -> None:
    message = read("cheaper in turkey?", {"ask_fda_status": 0.7, "ask_cost": 0.6}, {"ask_cost": {"abroad": 0.3}})
    assert message.get("intent")["name"] == "ask_cost"
    assert message.get("intent")["confidence"] == pytest.approx(0.7)
    assert message.get(DETAILS) == {"ask_cost": "abroad"}
    assert message.get(SCORES)[0]["ask_fda_status"] == pytest.approx(0.7)


def test_distress_keeps_its_intent() -> None:
    message = read("all my money gone", {"express_distress": 0.7, "ask_cost": 0.6}, {"ask_cost": {"refund": 0.9}})
    assert message.get("intent")["name"] == "express_distress"
    assert message.get(DETAILS) == {}


def test_each_question_of_a_message_has_its_own_detail() -> None:
    cost, pain = {"ask_cost": {"abroad": 0.1, "refund": 0.6}}, {"ask_pain": {"numbing": 0.4}, "ask_cost": {"abroad": 0.9}}
    message = read(
        "do i get a refund and does it hurt",
        {"ask_cost": 0.9, "ask_pain": 0.8},
        {"ask_cost": {"abroad": 0.3}},
        do_i_get_a_refund=({"ask_cost": 0.9}, cost),
        does_it_hurt=({"ask_pain": 0.9}, pain),
    )
    assert message.get("topics") == ["ask_cost", "ask_pain"]
    assert message.get(DETAILS) == {"ask_cost": "refund", "ask_pain": "numbing"}


@pytest.mark.parametrize("intent", ["report_emergency", "nlu_fallback", "out_of_scope"])
def test_danger_and_what_nobody_understood_have_no_details(intent: str) -> None:
    message = read("cheaper in turkey?", {"ask_cost": 0.9}, {"ask_cost": {"abroad": 0.5}})
    message.set("intent", {"name": intent, "confidence": 1.0})
    assert in_context(message).get(DETAILS) == {}


def test_another_topic_by_the_context_has_its_own_detail() -> None:
    text = "how much is prp"
    details = {"ask_cost": {"exosome_price": 0.5}, "ask_treatment_options": {"prp_price": 0.3, "prp": 0.2}}
    message = read(text, {"ask_cost": 0.9}, details)
    message.set("entities", [{"entity": "prior_treatments", "value": "prp", "start": 12, "end": 15}])
    assert in_context(message).get("intent")["name"] == "ask_treatment_options"
    assert message.get(DETAILS) == {"ask_treatment_options": "prp_price"}


def test_the_label_of_a_detail_comes_from_its_block() -> None:
    metadata = {"intent": {"voice": "mails", "detail": "abroad"}}
    assert labels(Message({"intent": "ask_cost", "metadata": metadata})) == ["ask_cost", "ask_cost/abroad"]
    assert labels(Message({"intent": "ask_cost", "metadata": {"intent": {"voice": "mails"}}})) == ["ask_cost"]
    assert labels(Message({"intent": "ask_cost"})) == ["ask_cost"]


def test_a_pressed_button_has_no_details_of_its_own() -> None:
    message = Message({"text": "/ask_cost", "intent": {"name": "ask_cost", "confidence": 1.0}})
    assert message.get(LIKELY_DETAILS) is None
    assert in_context(message).get(DETAILS) == {}


OPTIONS = "ask_treatment_options"


@pytest.mark.parametrize(
    ("topic", "detail", "text", "subject", "expected"),
    [
        ("ask_number_of_sessions", "how_many", "do most folk go back for more", "prp", {OPTIONS: "prp_sessions"}),
        ("ask_side_effects", "shedding", "my mate lost more hair at first", "minoxidil", {OPTIONS: "minoxidil_shedding"}),
        ("ask_compare_treatments", None, "are exosomes the better bet", "prp", {"ask_compare_treatments": "prp"}),
        ("ask_results_timeline", "first_signs", "and that goes on for what, months?", "stress_or_hormonal",
            {"ask_hair_loss_cause": "will_it_grow_back"}),
        ("ask_who_it_helps", None, "could exosomes sort it", "traction", {"ask_who_it_helps": "traction"}),
        ("ask_results_timeline", "first_signs", "when would exosomes show", "traction", {"ask_results_timeline": "first_signs"}),
        ("ask_number_of_sessions", "how_many", "do most folk go back for more", "exosomes",
            {"ask_number_of_sessions": "how_many"}),
        ("ask_cost", "visit_price", "what would the doctor charge to have a look", "prp", {"ask_cost": "visit_price"}),
    ],
)  # fmt: skip
def test_a_question_that_names_no_subject_is_about_the_one_spoken_of(
    topic: str, detail: str | None, text: str, subject: str, expected: dict[str, str]
) -> None:
    message = Message(
        {"text": text, "intent": {"name": topic, "confidence": 0.9}, LIKELY_DETAILS: {topic: detail} if detail else {}}
    )
    assert in_context(message, subject=subject, topic="ask_cost").get(DETAILS) == expected


def test_a_question_for_a_child_gets_what_a_child_needs() -> None:
    message = Message(
        {"text": "does he need the tablets or what", "intent": {"name": OPTIONS, "confidence": 0.9}, LIKELY_DETAILS: {}}
    )
    assert in_context(message, about_whom="child").get(DETAILS) == {OPTIONS: "child_options"}
