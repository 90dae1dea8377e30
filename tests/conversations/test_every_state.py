"""Invariants 1, 3 and 6: from every state of the dialogue, every intent leads to a sensible reply."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from commands.consistency.project import PROJECT
from components.intents import ALARMING, DANGERS
from tests.support.assistant import Assistant, Conversation
from tests.support.client import kinds

INTENTS = sorted(PROJECT.plans)
ANSWERS = ["41", "none of these", "genetic", "early", "minoxidil", "did nothing"]
# The kind of the first message after an alarm, by the slot `danger`.
FIRST_LINE = {"emergency": "emergency", "crisis": "crisis", "abuse": "crisis"}
BY_CLASSIFIER = {"entity": "danger_basis", "value": "classifier"}


def _in_check(answered: int) -> Callable[[Conversation], None]:
    def begin(conversation: Conversation) -> None:
        conversation.say("am i a candidate")
        conversation.say("yes")
        for answer in ANSWERS[:answered]:
            conversation.say(answer)

    return begin


def _saying(*texts: str) -> Callable[[Conversation], None]:
    def begin(conversation: Conversation) -> None:
        for text in texts:
            conversation.say(text)

    return begin


def _reporting(intent: str, *entities: dict[str, str]) -> Callable[[Conversation], None]:
    def begin(conversation: Conversation) -> None:
        conversation.intend(intent, entities)

    return begin


def _taking_back(conversation: Conversation) -> None:
    _reporting("report_emergency", BY_CLASSIFIER)(conversation)
    conversation.say("no, that was two years ago")


STATES: dict[str, Callable[[Conversation], None]] = {
    "at the start": _saying(),
    "after an answer": _saying("how much does it cost"),
    "after a message that was not understood": _saying("zxcv qwer", "hgfd uytr"),
    "when asked for consent": _saying("am i a candidate"),
    **{f"at question {number + 1} of the check": _in_check(number) for number in range(6)},
    "after the result": _in_check(6),
    "after the check was left": _saying("am i a candidate", "yes", "41", "stop"),
    "after an emergency": _saying("my throat is closing up"),
    "after a crisis": _saying("i want to kill myself"),
    "after a reaction": _saying("there is pus coming out since my injections"),
    "after abuse": _reporting("report_abuse"),
    "after an alarm that can be taken back": _reporting("report_emergency", BY_CLASSIFIER),
    "after one that was": _taking_back,
}


@pytest.fixture(scope="module", params=list(STATES))
def state(request: pytest.FixtureRequest, assistant: Assistant) -> Conversation:
    conversation = assistant.talk()
    STATES[request.param](conversation)
    return conversation


def test_every_intent_gets_a_sensible_reply(state: Conversation) -> None:
    remembered = state.slots().get("danger") if _has_past(state) else None
    faults: list[str] = []
    for intent in INTENTS:
        replies = state.copy().intend(intent)
        short, texts = kinds(replies), [reply.get("text", "").strip() for reply in replies]
        if not replies or not all(texts):
            faults.append(f"{intent}: silence, {short}")
            continue
        if not short[-1].startswith("question") and not any("board-certified dermatologist" in text for text in texts):
            faults.append(f"{intent}: no referral, {short}")
        if len(set(texts)) != len(texts):
            faults.append(f"{intent}: says the same twice, {short}")
        if any("{" in text for text in texts):
            faults.append(f"{intent}: an unfilled placeholder")
        reported = DANGERS[intent] if intent in ALARMING else remembered
        expected = FIRST_LINE.get(str(reported))
        if expected and short[0] != expected:
            faults.append(f"{intent}: {expected} does not stand first, {short}")
        if intent in DANGERS and any(kind.startswith(("question", "answer", "assessment")) for kind in short):
            faults.append(f"{intent}: goes on with business, {short}")
        if intent in DANGERS and any(reply.get("buttons") for reply in replies):
            faults.append(f"{intent}: offers something to press")
    assert not faults, "\n".join(faults)


def _has_past(state: Conversation) -> bool:
    return state.assistant.wait(state.assistant.agent.tracker_store.retrieve(state.sender)) is not None
