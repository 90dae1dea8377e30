"""Answers with details through the real agent: asked, pressed, offered, and not said twice."""

from __future__ import annotations

from itertools import pairwise

from tests.support.assistant import Assistant
from tests.support.client import kinds

REFUND = {"ask_cost": "refund"}


def test_a_detail_is_answered_and_its_button_leads_on(assistant: Assistant) -> None:
    talk = assistant.talk()
    answer, referral = talk.intend("ask_insurance", details={"ask_insurance": "covered"})
    assert "As of November 2026, no exosome product is FDA-approved" in answer["text"]
    assert (answer["metadata"]["topic"], answer["metadata"]["detail"]) == ("ask_insurance", "covered")
    (button,) = [button for button in answer["buttons"] if button["title"] == "The visit and tests"]
    answer, second = talk.say(button["payload"])
    assert answer["metadata"]["detail"] == "visit_covered"
    assert len(second["text"]) < len(referral["text"])
    assert (talk.slots()["topic"], talk.slots()["topic_detail"]) == ("ask_insurance", "visit_covered")


def test_the_date_is_given_once(assistant: Assistant) -> None:
    talk = assistant.talk()
    talk.intend("ask_insurance", details={"ask_insurance": "covered"})
    later = talk.intend("ask_pros_cons", details={"ask_pros_cons": "cons"})[0]["text"]
    assert "No exosome product is FDA-approved" in later
    assert "November 2026" not in later


def test_a_payload_that_was_not_offered_says_nothing(assistant: Assistant) -> None:
    replies = assistant.talk().say('/ask_cost{"detail": "refund"}')
    assert kinds(replies) == ["fallback", "referral"]


def test_more_after_a_detail_is_the_general_text_then_the_longer_one(assistant: Assistant) -> None:
    talk = assistant.talk()
    talk.intend("ask_cost", details=REFUND)
    heard = [talk.intend("ask_more_detail", topics=("ask_more_detail",))[0] for _ in range(3)]
    assert [bool(reply["metadata"].get("detail")) for reply in heard] == [False, False, True]
    assert [reply["metadata"]["topic"] for reply in heard] == ["ask_cost"] * 3
    assert len({reply["text"] for reply in heard}) == 3


def test_who_is_spoken_of_implies_a_detail(assistant: Assistant) -> None:
    women = {"entity": "group", "value": "women", "role": "asked", "start": 0, "end": 3}
    answer = assistant.talk().intend("ask_who_it_helps", (women,))[0]
    assert answer["metadata"]["detail"] == "women"


def test_two_questions_in_one_message(assistant: Assistant) -> None:
    replies = assistant.talk().intend("ask_cost", details=REFUND, topics=("ask_cost", "ask_pain"))
    assert kinds(replies) == ["answer ask_cost", "answer ask_pain", "referral"]
    assert [reply["metadata"].get("heading") for reply in replies] == ["Refunds and guarantees", "Does it hurt?", None]
    assert replies[0]["text"].startswith("Refunds and guarantees\n")
    assert "buttons" not in replies[0]
    assert 1 <= len(replies[1]["buttons"]) <= 4


def test_no_text_comes_twice_running(assistant: Assistant) -> None:
    talk = assistant.talk()
    said = [talk.intend("ask_cost", details=REFUND) for _ in range(4)]
    for before, after in pairwise(said):
        assert before[0]["text"] != after[0]["text"]
        assert before[-1]["text"] != after[-1]["text"]
        assert "board-certified dermatologist" in after[-1]["text"]
        assert len(after[-1]["text"].split()) <= 14
