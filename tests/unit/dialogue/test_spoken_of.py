"""What a conversation remembers of what was spoken of."""

from __future__ import annotations

from components.dialogue.parsed_message import ParsedMessage
from components.dialogue.spoken_of import MAX_CONDITIONS, spoken_of
from components.understanding.mentions import Mention

DISTRESS = "express_distress"


def sad(whom: str | None = None) -> ParsedMessage:
    return ParsedMessage(DISTRESS, "...", topics=[DISTRESS], about_whom=whom)


def named(*values: str) -> ParsedMessage:
    return ParsedMessage("inform", "...", [Mention("health_flags", value, 0, 1) for value in values])


def test_conditions_are_kept_in_order_the_last_one_last() -> None:
    assert spoken_of(named("allergy"), {})["conditions_named"] == ["allergy"]
    assert spoken_of(named("allergy"), {"conditions_named": ["allergy", "cancer"]})["conditions_named"] == ["cancer", "allergy"]
    assert spoken_of(named(), {})["conditions_named"] is None
    many = [str(number) for number in range(MAX_CONDITIONS)]
    assert spoken_of(named("allergy"), {"conditions_named": many})["conditions_named"] == [*many[1:], "allergy"]


def test_what_a_child_has_is_remembered() -> None:
    told = ParsedMessage("inform", "my daughter has alopecia areata", about_whom="child")
    assert spoken_of(told, {})["conditions_named"] == ["alopecia_areata"]
    assert spoken_of(ParsedMessage("inform", "no alopecia areata here", about_whom="self"), {})["conditions_named"] is None


def test_starting_over_forgets_the_conditions() -> None:
    assert spoken_of(ParsedMessage("start_over", "..."), {"conditions_named": ["allergy"]})["conditions_named"] is None


def test_each_time_distress_gets_another_text() -> None:
    turn, said = None, []
    for _ in range(5):
        turn = spoken_of(sad(), {"distress": turn})["distress"]
        said.append(turn)
    assert said == ["self_1", "self_2", "self_3", "self_2", "self_3"]


def test_the_text_fits_the_person() -> None:
    assert spoken_of(sad("child"), {})["distress"] == "child_1"
    assert spoken_of(sad("partner"), {"distress": "self_1"})["distress"] == "someone_2"
    assert "distress" not in spoken_of(named("allergy"), {})


def test_a_question_for_a_child_stays_about_a_child() -> None:
    assert ParsedMessage("ask_cost", "...", about_whom="child").asked_about["topic_condition"] == "under_18"
    named_more = ParsedMessage("ask_cost", "...", [Mention("hair_loss_type", "scarring", 0, 1)], about_whom="child")
    assert named_more.asked_about["topic_condition"] == "scarring"
    assert ParsedMessage("ask_cost", "...", about_whom="partner").asked_about["topic_condition"] is None
