"""Answers with details through the real agent: asked, pressed, offered, and not said twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.assistant import Assistant, with_responses
from tests.support.client import kinds


def text(words: str, title: str, **metadata: Any) -> list[dict[str, Any]]:
    return [{"text": words, "metadata": {"title": title, "sources": [], **metadata}}]


REFUND = text("Refunds are rare. {as_of} no rule asks for one.", "Refunds", followups=["ask_cost/loan", "ask_pain"])
LOAN = text("Some clinics offer loans. {as_of} we know of no grant.", "Loans", followups=["ask_cost/refund"])
WOMEN = text("Thinning in women is studied less.", "For women", about={"topic_condition": "women"})
DETAILS = {"utter_ask_cost/refund": REFUND, "utter_ask_cost/loan": LOAN, "utter_ask_number_of_sessions/women": WOMEN}


@pytest.fixture(scope="module", autouse=True)
def details(assistant: Assistant) -> Iterator[None]:
    with with_responses(assistant, DETAILS):
        yield


def test_a_detail_is_answered_and_its_button_leads_on(assistant: Assistant) -> None:
    talk = assistant.talk()
    answer, referral = talk.intend("ask_cost", details={"ask_cost": "refund"})
    assert answer["text"] == "Refunds are rare. As of November 2026, no rule asks for one."
    assert (answer["metadata"]["topic"], answer["metadata"]["detail"]) == ("ask_cost", "refund")
    (button,) = [button for button in answer["buttons"] if button["title"] == "Loans"]
    answer, second = talk.say(button["payload"])
    assert answer["text"] == "Some clinics offer loans. We know of no grant.", "the date was given before"
    assert answer["metadata"]["detail"] == "loan"
    assert len(second["text"]) < len(referral["text"])
    assert (talk.slots()["topic"], talk.slots()["topic_detail"]) == ("ask_cost", "loan")


def test_a_payload_that_was_not_offered_says_nothing(assistant: Assistant) -> None:
    replies = assistant.talk().say('/ask_cost{"detail": "refund"}')
    assert kinds(replies) == ["fallback", "referral"]


def test_more_after_a_detail_is_the_general_text_then_the_longer_one(assistant: Assistant) -> None:
    talk = assistant.talk()
    talk.intend("ask_cost", details={"ask_cost": "refund"})
    heard = [talk.intend("ask_more_detail", topics=("ask_more_detail",))[0] for _ in range(4)]
    assert [reply["metadata"].get("detail") for reply in heard] == [None, None, "loan", None]
    assert [reply["metadata"]["kind"] for reply in heard] == ["answer", "answer", "answer", "smalltalk"]
    assert len({reply["text"] for reply in heard}) == 4


def test_who_is_spoken_of_implies_a_detail(assistant: Assistant) -> None:
    women = {"entity": "group", "value": "women", "role": "asked", "start": 0, "end": 3}
    answer = assistant.talk().intend("ask_number_of_sessions", (women,))[0]
    assert answer["metadata"]["detail"] == "women"


def test_two_questions_in_one_message(assistant: Assistant) -> None:
    replies = assistant.talk().intend("ask_cost", details={"ask_cost": "refund"}, topics=("ask_cost", "ask_pain"))
    assert kinds(replies) == ["answer ask_cost", "answer ask_pain", "referral"]
    assert [reply["metadata"].get("heading") for reply in replies] == ["Refunds", "Does it hurt?", None]
    assert replies[0]["text"].startswith("Refunds\n")
    assert "buttons" not in replies[0]
    assert 1 <= len(replies[1]["buttons"]) <= 4


def test_no_text_comes_twice_in_a_row_of_questions(assistant: Assistant) -> None:
    talk = assistant.talk()
    said = [talk.intend("ask_cost", details={"ask_cost": "refund"}) for _ in range(4)]
    answers = [replies[0]["text"] for replies in said]
    referrals = [replies[-1]["text"] for replies in said]
    assert len(set(answers)) == 4
    assert all(one != next_one for one, next_one in zip(referrals, referrals[1:], strict=False))
    assert all("board-certified dermatologist" in referral for referral in referrals)
    assert all(len(referral.split()) <= 14 for referral in referrals[1:])
