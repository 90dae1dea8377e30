"""Two questions in one message: two shorter answers under headings, with one set of buttons."""

from __future__ import annotations

from typing import Any

import pytest

from components.dialogue.messages import ResponseRequest, message
from components.dialogue.several_answers import SENTENCE_WORDS, answers_among, followups_of_all, part_about, shortened
from components.dialogue.texts import Texts
from runtime.clinic import Clinic
from runtime.shapes import Message
from tests.unit.dialogue.all_responses import ALL_RESPONSES
from tests.unit.dialogue.made_responses import MADE_RESPONSES

TEXTS = Texts({**ALL_RESPONSES, **MADE_RESPONSES}, Clinic())
TWO = ["utter_ask_cost", "utter_ask_pain"]


def made(name: str, *plan: str, **slots: Any) -> Message:
    found = message(ResponseRequest(name, TEXTS, {"turn_plan": [*plan, "utter_referral_short"], **slots}))
    assert found
    return found


def payloads(found: Message) -> list[str]:
    return [button["payload"] for button in found.get("buttons", [])]


def test_one_answer_stands_as_it_is() -> None:
    found = made("utter_ask_pain", "utter_ask_pain")
    assert found["text"] == "It can sting.\nIt passes."
    assert "heading" not in found["metadata"]


def test_each_of_two_answers_is_shorter_and_has_a_heading() -> None:
    first, second = (made(name, *TWO) for name in TWO)
    assert first["text"] == "What does it cost?\nPrices vary.\nCall 911 if it swells.", "whom to call stays"
    assert second["text"] == "Does it hurt?\nIt can sting."
    assert first["metadata"]["heading"] == "What does it cost?"
    assert second["metadata"]["topic"] == "ask_pain"


def test_a_detail_is_short_enough() -> None:
    found = made("utter_ask_cost/refund", "utter_ask_cost/refund", "utter_ask_pain")
    assert found["text"] == "Refunds\nRefunds are rare.\nAs of November 2026, no rule asks for one."
    assert shortened("utter_ask_cost/refund", "a\nb") == "a\nb"


def test_the_last_answer_has_the_buttons_of_both() -> None:
    first, second = (made(name, *TWO) for name in TWO)
    assert payloads(first) == []
    assert payloads(second) == ["/ask_more_detail", '/ask_cost{"detail": "refund"}', "/ask_evidence"]
    assert followups_of_all(["utter_ask_cost/refund", "utter_ask_pain"], MADE_RESPONSES) == [
        "ask_cost/financing", "ask_cost", "ask_evidence"
    ]  # fmt: skip


@pytest.mark.parametrize("beside", ["utter_thank", "utter_said_before", "utter_referral"])
def test_what_is_no_answer_makes_no_second_one(beside: str) -> None:
    assert not answers_among(["utter_ask_cost", beside], TEXTS.responses)


def test_a_longer_text_has_the_heading_of_its_topic() -> None:
    assert made("utter_ask_cost_more", "utter_ask_cost_more", "utter_ask_pain")["metadata"]["heading"] == "What does it cost?"


def test_in_a_running_check_two_answers_have_no_buttons() -> None:
    assert not payloads(made("utter_ask_pain", *TWO, requested_slot="age"))


def test_a_detail_has_its_metadata_and_its_buttons() -> None:
    found = made("utter_ask_cost/refund", "utter_ask_cost/refund")
    assert found["metadata"]["topic"] == "ask_cost"
    assert found["metadata"]["detail"] == "refund"
    assert payloads(found) == ["/ask_more_detail", '/ask_cost{"detail": "financing"}', "/ask_evidence"]
    assert [button["title"] for button in found["buttons"]][1] == "Loans"


def test_when_all_was_said_the_buttons_offer_what_was_not() -> None:
    said = ["utter_ask_cost", "utter_ask_cost_more", "utter_ask_cost/refund", "utter_ask_pain"]
    found = made("utter_said_before", "utter_said_before", topic="ask_cost", topic_detail=None, said=said)
    assert payloads(found) == ["/ask_evidence", '/ask_cost{"detail": "financing"}']
    assert found["metadata"]["kind"] == "smalltalk"


def test_the_date_is_given_once() -> None:
    single = MADE_RESPONSES["utter_ask_cost/refund"][0]["text"]
    assert "{as_of}" in single
    earlier = made("utter_ask_cost/refund", "utter_ask_cost/refund", date_given="earlier")
    assert earlier["text"] == "Refunds are rare.\nNo rule asks for one."


MINOXIDIL = "It goes on the scalp. It takes four months. It can itch. For chest pain, call {emergency_number}."


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("ask_side_effects", "It goes on the scalp. It can itch. For chest pain, call {emergency_number}."),
        ("ask_results_timeline", "It goes on the scalp. It takes four months. For chest pain, call {emergency_number}."),
        ("ask_cost", "It goes on the scalp. It takes four months. For chest pain, call {emergency_number}."),
        (None, "It goes on the scalp. It takes four months. For chest pain, call {emergency_number}."),
    ],
)
def test_only_what_is_about_the_question_is_said_again(question: str | None, expected: str) -> None:
    assert part_about(question, MINOXIDIL) == expected


def test_the_words_of_sentences_are_for_questions_that_there_are() -> None:
    assert {f"utter_{topic}" for topic in SENTENCE_WORDS} <= set(ALL_RESPONSES)
