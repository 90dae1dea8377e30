"""What a conversation remembers of what was spoken of."""

from __future__ import annotations

import pytest

from components.dialogue.conversation_memory import MAX_CONDITIONS, memory_after, subject_after, treatments_after
from components.dialogue.parsed_message import ParsedMessage
from components.intents import BOOK
from components.understanding.mentions import Mention

DISTRESS = "express_distress"


def sad(whom: str | None = None) -> ParsedMessage:
    return ParsedMessage(DISTRESS, "...", topics=[DISTRESS], about_whom=whom)


def named(*values: str) -> ParsedMessage:
    return ParsedMessage("inform", "...", [Mention("health_flags", value, 0, 1) for value in values])


def test_conditions_are_kept_in_order_the_last_one_last() -> None:
    assert memory_after(named("allergy"), {})["conditions_named"] == ["allergy"]
    assert memory_after(named("allergy"), {"conditions_named": ["allergy", "cancer"]})["conditions_named"] == [
        "cancer",
        "allergy",
    ]
    assert memory_after(named(), {})["conditions_named"] is None
    many = [str(number) for number in range(MAX_CONDITIONS)]
    assert memory_after(named("allergy"), {"conditions_named": many})["conditions_named"] == [*many[1:], "allergy"]


def test_what_a_child_has_is_remembered() -> None:
    told = ParsedMessage("inform", "my daughter has alopecia areata", about_whom="child")
    assert memory_after(told, {})["conditions_named"] == ["alopecia_areata"]
    assert memory_after(ParsedMessage("inform", "no alopecia areata here", about_whom="self"), {})["conditions_named"] is None


def test_people_are_remembered_that_the_lexicon_has_no_value_for() -> None:
    told = ParsedMessage("ask_cost", "we want a baby next year, what does it cost")
    assert memory_after(told, {})["conditions_named"] == ["conceiving"]


@pytest.mark.parametrize(
    ("text", "answers", "before", "expected"),
    [
        ("what is there", ["utter_ask_treatment_options/men_options"], None, ["minoxidil", "finasteride"]),
        ("what is there", ["utter_ask_treatment_options/men_options"], ["prp", "laser"], ["minoxidil", "finasteride"]),
        ("what is there besides prp", ["utter_ask_treatment_options/men_options"], ["laser"], ["laser", "prp"]),
        ("thanks", ["utter_thank"], ["prp", "laser"], ["prp", "laser"]),
    ],
)
def test_treatments_are_kept_in_the_order_in_which_the_visitor_or_we_named_them(
    text: str, answers: list[str], before: list[str] | None, expected: list[str]
) -> None:
    place = text.find("prp")
    mentions = [Mention("prior_treatments", "prp", place, place + 3)] if place >= 0 else []
    parsed = ParsedMessage("ask_treatment_options", text, mentions)
    assert treatments_after(parsed, answers, {"treatments_named": before}) == {"treatments_named": expected}


def test_starting_over_forgets_the_conditions() -> None:
    assert memory_after(ParsedMessage("start_over", "..."), {"conditions_named": ["allergy"]})["conditions_named"] is None


def test_each_time_distress_gets_another_text() -> None:
    turn, said = None, []
    for _ in range(5):
        turn = memory_after(sad(), {"distress": turn})["distress"]
        said.append(turn)
    assert said == ["self_1", "self_2", "self_3", "self_2", "self_3"]


def test_the_text_fits_the_person() -> None:
    assert memory_after(sad("child"), {})["distress"] == "child_1"
    assert memory_after(sad("partner"), {"distress": "self_1"})["distress"] == "someone_2"
    assert "distress" not in memory_after(named("allergy"), {})


@pytest.mark.parametrize(
    ("parsed", "answers", "before", "expected"),
    [
        (ParsedMessage("ask_cost", "prp price?"), ["utter_ask_treatment_options/prp_price"], None, "prp"),
        (ParsedMessage("thank", "cheers"), ["utter_thank"], "prp", "prp"),
        (ParsedMessage(DISTRESS, "i can't take it", topics=[DISTRESS]), ["utter_express_distress"], "minoxidil", "minoxidil"),
        (ParsedMessage("ask_pain", "do exosomes hurt", topics=["ask_pain"]), ["utter_ask_pain"], "prp", "exosomes"),
        (ParsedMessage("ask_pain", "/ask_pain", topics=["ask_pain"]), ["utter_ask_pain"], "prp", "exosomes"),
        (ParsedMessage("ask_pain", "does it hurt", topics=["ask_pain"]), ["utter_ask_pain"], None, None),
        (ParsedMessage("ask_hair_loss_cause", "braids"), ["utter_ask_hair_loss_cause/traction"], "prp", "traction"),
        (ParsedMessage("inform", "it's lpp", [Mention("hair_loss_type", "scarring", 5, 8)]), ["utter_inform"], None, "scarring"),
        (ParsedMessage("ask_who_it_helps", "exosomes for it?"), ["utter_ask_who_it_helps/scarring"], "scarring", "scarring"),
        (ParsedMessage("start_over", "start over"), ["utter_start_over"], "prp", None),
        (
            ParsedMessage("report_reaction", "finasteride makes me low", [Mention("prior_treatments", "finasteride", 0, 11)]),
            [],
            None,
            "finasteride",
        ),
        (
            ParsedMessage(BOOK, "do you do laser there", [Mention("prior_treatments", "laser", 10, 15)], [BOOK]),
            ["utter_book_consultation/other_treatments"],
            None,
            "laser",
        ),
    ],
)
def test_what_the_conversation_is_about(
    parsed: ParsedMessage, answers: list[str], before: str | None, expected: str | None
) -> None:
    assert subject_after(parsed, answers, {"subject": before}) == {"subject": expected}


def test_a_question_for_a_child_stays_about_a_child() -> None:
    assert ParsedMessage("ask_cost", "...", about_whom="child").asked_about["topic_condition"] == "under_18"
    named_more = ParsedMessage("ask_cost", "...", [Mention("hair_loss_type", "scarring", 0, 1)], about_whom="child")
    assert named_more.asked_about["topic_condition"] == "scarring"
    assert ParsedMessage("ask_cost", "...", about_whom="partner").asked_about["topic_condition"] is None
