"""Every type of answer at every question of the check, through the real agent."""

from __future__ import annotations

from typing import Any

import pytest

from actions.questionnaire import LISTS, QUESTIONS, READBACK
from tests.support.assistant import Assistant, Conversation
from tests.support.client import kinds

ANSWERS = {
    "age": "41",
    "health_flags": "none of these",
    "hair_loss_type": "genetic",
    "hair_loss_stage": "early",
    "prior_treatments": "minoxidil",
    "treatment_response": "it did nothing",
}
READ_AS = {
    "age": "41",
    "health_flags": ["none"],
    "hair_loss_type": "pattern",
    "hair_loss_stage": "early",
    "prior_treatments": ["minoxidil"],
    "treatment_response": "did_not_help",
}
UNKNOWN = {"not sure": "not_sure", "I really don't know": "not_sure", "rather not say": "declined", "skip": "declined"}
NO_ANSWER = [
    "zxcv qwer",
    "🙂",
    "how much does it cost?",
    "why do you ask?",
    "are you a real person?",
    "thanks",
    "my sister has lupus",
]
NEXT = dict(zip(QUESTIONS, QUESTIONS[1:], strict=False))


@pytest.fixture(scope="module", params=QUESTIONS)
def slot(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def before(slot: str, assistant: Assistant) -> Conversation:
    """A conversation in which the question about `slot` stands open."""
    talk = assistant.talk()
    for text in ["am i a candidate", "yes", *[ANSWERS[question] for question in QUESTIONS[: QUESTIONS.index(slot)]]]:
        replies = talk.say(text)
    assert kinds(replies)[-1] == f"question {slot}"
    return talk


def say(before: Conversation, text: str) -> tuple[list[str], dict[str, Any]]:
    talk = before.copy()
    return kinds(talk.say(text)), talk.slots()


def test_a_plain_answer_is_kept_and_leads_on(before: Conversation, slot: str) -> None:
    short, slots = say(before, ANSWERS[slot])
    assert slots[slot] == READ_AS[slot]
    assert short[-1] == f"question {NEXT.get(slot, READBACK)}"


@pytest.mark.parametrize(("text", "value"), UNKNOWN.items())
def test_an_unknown_is_an_answer_and_is_read_cautiously(before: Conversation, slot: str, text: str, value: str) -> None:
    short, slots = say(before, text)
    assert slots[slot] == ([value] if slot in LISTS else value)
    leads_on = slot in NEXT and slot != "prior_treatments"
    assert short[-1] == f"question {NEXT[slot] if leads_on else READBACK}"


@pytest.mark.parametrize("text", NO_ANSWER)
def test_what_is_no_answer_fills_nothing_and_the_question_is_asked_again(before: Conversation, slot: str, text: str) -> None:
    short, slots = say(before, text)
    assert not slots[slot]
    assert slots["requested_slot"] == slot
    assert short[-1] == f"question {slot}"


def test_an_unsure_yes_answers_nothing_and_of_a_treatment_is_read_cautiously(before: Conversation, slot: str) -> None:
    _, slots = say(before, "yes i think so")
    assert slots[slot] == ("not_sure" if slot == "treatment_response" else None)


def test_an_answer_to_another_question_is_kept_and_the_question_stays(before: Conversation, slot: str) -> None:
    other, value = (
        ("health_flags", "blood_thinner_or_bleeding") if slot != "health_flags" else ("prior_treatments", "finasteride")
    )
    text = "I take eliquis" if other == "health_flags" else "I use finasteride"
    short, slots = say(before, text)
    assert value in slots[other]
    assert short[-1] == f"question {slot}"


def test_go_back_asks_the_question_before(before: Conversation, slot: str) -> None:
    short, _ = say(before, "go back please")
    place = QUESTIONS.index(slot)
    assert short[-1] == f"question {QUESTIONS[place - 1] if place else slot}"


def test_stop_leaves_and_coming_back_resumes(before: Conversation, slot: str) -> None:
    talk = before.copy()
    assert "referral" in kinds(talk.say("stop"))
    assert kinds(talk.say("start the check"))[-1] == f"question {slot}"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("my throat is closing up", "emergency"), ("no, i want to kill myself", "crisis"), ("30, i can't breathe", "emergency")],
)
def test_danger_leaves_the_check_and_nothing_is_filled(before: Conversation, slot: str, text: str, kind: str) -> None:
    short, slots = say(before, text)
    assert short[0] == kind
    assert not any(line.startswith(("question", "assessment", "answer")) for line in short)
    assert not slots[slot]
    assert slots["requested_slot"] is None
