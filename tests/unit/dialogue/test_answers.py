"""Which responses answer a message: details, general texts, the longer ones, and nothing twice."""

from __future__ import annotations

from typing import Any

import pytest

from components.dialogue.answers import MAX_SAID, answers_to, has_more, response_to, unsaid_followups
from components.dialogue.parsed_message import ParsedMessage
from components.understanding.mentions import Mention
from tests.unit.dialogue.made_responses import MADE_RESPONSES

MORE = "ask_more_detail"


class Talk:
    """A conversation as its slots."""

    def __init__(self, **slots: Any) -> None:
        self.slots: dict[str, Any] = slots

    def ask(self, *topics: str, mentions: tuple[Mention, ...] = (), **details: str) -> list[str]:
        parsed = ParsedMessage(topics[0], "...", mentions, topics, details=details)
        answers, slots = answers_to(parsed, self.slots, MADE_RESPONSES)
        self.slots.update(slots)
        return answers


@pytest.mark.parametrize(
    ("topic", "details", "slots", "response"),
    [
        ("ask_cost", {"ask_cost": "refund"}, {}, "utter_ask_cost/refund"),
        ("ask_cost", {}, {}, "utter_ask_cost"),
        ("ask_cost", {"ask_pain": "refund"}, {}, "utter_ask_cost"),
        ("ask_cost", {"ask_cost": "from_before_an_update"}, {}, "utter_ask_cost"),
        ("ask_treatment_options", {}, {"topic_treatment": "prp"}, "utter_ask_treatment_options/prp"),
        ("ask_treatment_options", {}, {"topic_treatment": "minoxidil"}, "utter_ask_treatment_options"),
        ("ask_treatment_options", {}, {"topic_treatment": "rosemary"}, "utter_ask_treatment_options"),
        ("ask_cost", {}, {"topic_treatment": "prp"}, "utter_ask_cost"),
    ],
)
def test_the_detail_that_is_asked_then_the_one_that_is_implied_then_the_general_text(
    topic: str, details: dict[str, str], slots: dict[str, str], response: str
) -> None:
    assert response_to(topic, details, slots, MADE_RESPONSES) == response


def test_a_detail_that_needs_a_condition_and_a_treatment() -> None:
    both = {"topic_treatment": "rosemary", "topic_condition": "pregnant_or_breastfeeding"}
    assert response_to("ask_treatment_options", {}, both, MADE_RESPONSES) == "utter_ask_treatment_options/prp_in_pregnancy"


def test_topic_and_detail_are_remembered() -> None:
    talk = Talk()
    assert talk.ask("ask_cost", ask_cost="refund") == ["utter_ask_cost/refund"]
    assert (talk.slots["topic"], talk.slots["topic_detail"]) == ("ask_cost", "refund")
    assert talk.ask("ask_pain") == ["utter_ask_pain"]
    assert (talk.slots["topic"], talk.slots["topic_detail"]) == ("ask_pain", None)


def test_tell_me_more_after_a_detail() -> None:
    talk = Talk()
    talk.ask("ask_cost", ask_cost="refund")
    heard = [answer for _ in range(4) for answer in talk.ask(MORE)]
    assert heard == ["utter_ask_cost", "utter_ask_cost_more", "utter_ask_cost/financing", "utter_said_before"]
    assert talk.slots["topic"] == "ask_cost"


def test_tell_me_more_after_the_general_text() -> None:
    talk = Talk()
    talk.ask("ask_cost")
    assert talk.ask(MORE) == ["utter_ask_cost_more"]
    assert Talk().ask(MORE) == ["utter_ask_more_detail"]
    assert Talk(topic="ask_cost").ask(MORE) == ["utter_ask_cost_more"]


def test_the_same_question_again_gets_the_next_text_on_its_topic() -> None:
    talk = Talk()
    heard = [answer for _ in range(5) for answer in talk.ask("ask_cost")]
    assert heard == [
        "utter_ask_cost", "utter_ask_cost_more", "utter_ask_cost/refund", "utter_ask_cost/financing", "utter_said_before"
    ]  # fmt: skip
    assert talk.ask("ask_pain") == ["utter_ask_pain"]


def test_the_last_detail_again_gets_one_sentence_of_it() -> None:
    talk = Talk()
    talk.ask("ask_cost", ask_cost="refund")
    assert talk.ask("ask_cost", ask_cost="refund") == ["utter_said_again"]
    assert (talk.slots["topic_detail"], talk.slots["said"]) == ("refund", ["utter_ask_cost/refund"])
    assert talk.ask(MORE) == ["utter_ask_cost"]


def test_whoever_did_not_understand_gets_the_last_answer_in_short() -> None:
    talk = Talk()
    assert talk.ask(MORE, ask_more_detail="in_short") == ["utter_ask_more_detail"]
    talk.ask("ask_cost", ask_cost="refund")
    assert talk.ask(MORE, ask_more_detail="in_short") == ["utter_in_short"]
    assert (talk.slots["topic_detail"], talk.slots["said"]) == ("refund", ["utter_ask_cost/refund"])


def test_a_new_question_gets_a_detail_again_unless_it_was_the_last_answer() -> None:
    talk = Talk()
    talk.ask("ask_cost", ask_cost="refund")
    talk.ask("ask_pain")
    assert talk.ask("ask_cost", ask_cost="refund") == ["utter_ask_cost/refund"]
    assert talk.slots["said"] == ["utter_ask_pain", "utter_ask_cost/refund"]


def test_a_detail_of_another_treatment_again_gets_one_sentence_of_it() -> None:
    responses = {**MADE_RESPONSES, "utter_ask_treatment_options/prp_price": MADE_RESPONSES["utter_ask_pain_more"]}
    parsed = ParsedMessage(
        "ask_treatment_options", "...", (), ["ask_treatment_options"], details={"ask_treatment_options": "prp_price"}
    )
    slots: dict[str, Any] = {}
    heard = []
    for _ in range(3):
        answers, changed = answers_to(parsed, slots, responses)
        slots.update(changed)
        heard += answers
    assert heard == ["utter_ask_treatment_options/prp_price", "utter_said_again", "utter_said_again"]


def test_another_variant_is_another_text() -> None:
    talk = Talk()
    women = Mention("group", "women", 0, 1, "asked")
    assert talk.ask("ask_cost") == ["utter_ask_cost"]
    assert talk.ask("ask_cost", mentions=(women,)) == ["utter_ask_cost"]
    assert talk.slots["said"] == ["utter_ask_cost", "utter_ask_cost women"]
    assert talk.ask("ask_cost", mentions=(women,)) == ["utter_ask_cost_more"]


def test_a_question_about_a_treatment_never_gets_the_text_about_others_instead() -> None:
    talk, prp = Talk(), (Mention("prior_treatments", "prp", 0, 1, "asked"),)
    assert talk.ask("ask_treatment_options", mentions=prp) == ["utter_ask_treatment_options/prp"]
    assert talk.ask("ask_treatment_options", mentions=prp) == ["utter_said_again"]
    assert talk.ask("ask_treatment_options") == ["utter_ask_treatment_options"]


def test_how_to_reach_the_clinic_is_said_as_often_as_it_is_asked() -> None:
    talk = Talk()
    assert [talk.ask("book_consultation") for _ in range(3)] == [["utter_book_consultation"]] * 3


def test_two_questions_with_nothing_left_get_one_sentence() -> None:
    assert Talk(said=list(MADE_RESPONSES)).ask("ask_cost", "ask_pain") == ["utter_said_before"]


def test_a_question_and_more_about_it() -> None:
    assert Talk().ask("ask_cost", MORE) == ["utter_ask_cost", "utter_ask_cost_more"]


def test_only_so_many_answers_are_remembered() -> None:
    talk = Talk(said=[f"utter_{number}" for number in range(MAX_SAID)])
    talk.ask("ask_pain")
    assert len(talk.slots["said"]) == MAX_SAID
    assert talk.slots["said"][-1] == "utter_ask_pain"


def test_whether_there_is_more() -> None:
    assert has_more("utter_ask_cost", {}, MADE_RESPONSES)
    assert has_more("utter_ask_cost/refund", {}, MADE_RESPONSES)
    assert not has_more("utter_ask_cost", {"said": ["utter_ask_cost_more"]}, MADE_RESPONSES)
    assert not has_more("utter_ask_cost_more", {}, MADE_RESPONSES)
    assert not has_more("utter_ask_evidence", {}, MADE_RESPONSES)


def test_what_to_ask_when_all_was_said() -> None:
    slots = {"topic": "ask_cost", "topic_detail": "refund", "said": ["utter_ask_cost/refund", "utter_ask_pain"]}
    assert unsaid_followups(slots, MADE_RESPONSES) == ["ask_evidence", "ask_cost/financing"]
