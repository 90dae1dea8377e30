"""What counts as the answer: the lexicon's finds or the reader's scores."""

from __future__ import annotations

from components.understanding.answer_choice import Choice, choose, is_whole_answer
from runtime.shapes import Entity

THRESHOLDS = {
    "sure": 0.3,
    "in_question": 0.4,
    "overrules": 0.5,
    "value": 0.42,
    "beside": 0.6,
    "stops": 0.75,
    "empty": 0.6,
    "doubt": 0.2,
    "no_doubt": 0.1,
}
TYPE, FLAGS = "hair_loss_type", "health_flags"


def entity(slot: str, value: str, role: str | None = None) -> Entity:
    return {"entity": slot, "value": value, "role": role} if role else {"entity": slot, "value": value}


def chosen(
    slot: str, scores: dict[str, float], *entities: Entity, is_question: bool = False, is_read: bool = False
) -> Choice | None:
    return choose(slot, {"empty": 0.1, **scores}, entities, is_question, is_read, THRESHOLDS)


def test_a_sure_reading_takes_the_place_of_what_was_found() -> None:
    assert chosen(TYPE, {"pattern": 0.31}) == Choice({TYPE}, [(TYPE, "pattern")])
    assert chosen(TYPE, {"pattern": 0.29}) is None


def test_beside_a_value_named_in_so_many_words_it_must_be_surer() -> None:
    named = entity(TYPE, "scarring")
    assert chosen(TYPE, {"pattern": 0.49}, named) is None
    assert chosen(TYPE, {"pattern": 0.5}, named) == Choice({TYPE}, [(TYPE, "pattern")])
    two = named, entity(TYPE, "alopecia_areata")
    assert chosen(TYPE, {"pattern": 0.31}, *two) == Choice({TYPE}, [(TYPE, "pattern")]), "two values name no answer"


def test_in_a_question_and_beside_another_answer_it_must_be_surer() -> None:
    assert chosen(TYPE, {"pattern": 0.39}, is_question=True) is None
    assert chosen(TYPE, {"pattern": 0.4}, is_question=True)
    assert chosen(TYPE, {"pattern": 0.49}, entity("age", "34")) is None
    assert chosen(TYPE, {"pattern": 0.5}, entity("age", "34"))
    assert chosen(TYPE, {"pattern": 0.31}, entity("prior_treatments", "prp", "denied"))


def test_what_was_denied_is_not_read_into_the_message() -> None:
    assert chosen(TYPE, {"scarring": 0.9}, entity(TYPE, "scarring", "denied")) is None
    assert chosen(FLAGS, {"allergy": 0.9}, entity(FLAGS, "allergy", "denied")) is None


def test_a_reply_without_content() -> None:
    assert chosen(TYPE, {"not_sure": 0.5}, entity("reply", "no")) == Choice({"reply"}, [("reply", "not_sure")])
    assert chosen(FLAGS, {"none": 0.5}) == Choice({"reply"}, [("reply", "no")])
    assert chosen(TYPE, {"not_sure": 0.49}, entity(TYPE, "pattern")) is None, "what is named weighs more than the tone"
    assert chosen(TYPE, {"not_sure": 0.5}, entity(TYPE, "pattern")) == Choice({TYPE, "reply"}, [("reply", "not_sure")])


def test_values_of_a_list_count_each_by_itself() -> None:
    assert chosen(FLAGS, {"allergy": 0.42, "past_cancer": 0.5, "none": 0.9}) == Choice(
        {"reply"}, [(FLAGS, "past_cancer"), (FLAGS, "allergy")]
    )
    assert chosen(FLAGS, {"allergy": 0.5}, entity(FLAGS, "allergy")) is None
    assert chosen(FLAGS, {"allergy": 0.9}, is_question=True) is None, "what a question names is what it is about"


def test_what_ends_the_check_never_rests_on_a_middling_score() -> None:
    assert chosen(FLAGS, {"active_cancer": 0.74}) is None
    assert chosen(FLAGS, {"active_cancer": 0.75}) == Choice({"reply"}, [(FLAGS, "active_cancer")])


def test_where_nothing_can_be_read_what_was_found_goes_too() -> None:
    assert chosen(TYPE, {"empty": 0.6}, entity(TYPE, "pattern")) == Choice({TYPE, "reply"}, [])
    assert chosen(TYPE, {"empty": 0.59}, entity(TYPE, "pattern")) is None


def test_if_every_word_was_read_there_is_nothing_to_take_away_or_to_add() -> None:
    named = entity(TYPE, "pattern")
    assert chosen(TYPE, {"empty": 0.9}, named, is_read=True) is None
    assert chosen(TYPE, {"empty": 0.9}, named, is_read=True, is_question=True) == Choice({TYPE, "reply"}, [])
    assert chosen(FLAGS, {"past_cancer": 0.9}, entity("concept", "warfarin"), is_read=True) is None
    assert chosen(FLAGS, {"past_cancer": 0.9}, entity("concept", "warfarin")) == Choice({"reply"}, [(FLAGS, "past_cancer")])


def test_a_yes_beside_words_that_were_all_read_agrees() -> None:
    yes = entity("reply", "yes")
    assert chosen("check_readback", {"empty": 0.9}, yes) == Choice({"reply"}, [])
    assert chosen("check_readback", {"empty": 0.9}, yes, is_read=True) is None


def test_beside_a_shrug_a_reading_must_be_surer() -> None:
    assert chosen(TYPE, {"pattern": 0.45}, entity("reply", "not_sure")) is None
    assert chosen(TYPE, {"pattern": 0.55}, entity("reply", "not_sure")) == Choice({TYPE}, [(TYPE, "pattern")])
    assert chosen(TYPE, {"empty": 0.9}, entity("reply", "not_sure")) is None
    assert chosen(TYPE, {"empty": 0.9}, entity("reply", "not_sure"), is_question=True) == Choice({TYPE, "reply"}, [])


def test_what_is_said_in_so_many_words_stays() -> None:
    assert chosen(FLAGS, {"empty": 0.9}, entity(FLAGS, "allergy")) is None
    assert chosen(TYPE, {"pattern": 0.9}, entity("reply", "declined")) is None


def test_a_stated_number_is_left_to_the_ages() -> None:
    assert chosen("age", {"stated": 0.9}) is None


def test_two_guesses_and_a_tone_of_doubt_are_not_sure() -> None:
    guesses = entity(TYPE, "pattern"), entity(TYPE, "stress_or_hormonal")
    assert chosen(TYPE, {"not_sure": 0.5}, *guesses) == Choice({TYPE, "reply"}, [("reply", "not_sure")])
    assert chosen(TYPE, {"not_sure": 0.49}, guesses[0]) is None
    assert chosen(FLAGS, {"not_sure": 0.5}, entity(FLAGS, "allergy"), entity(FLAGS, "past_cancer")) is None


def test_what_is_said_of_others_is_no_answer_and_stays() -> None:
    hers: Entity = {"entity": FLAGS, "value": "allergy", "holder": "partner"}
    assert chosen(FLAGS, {"allergy": 0.9}, hers) is None, "the reader would make it the visitor's"
    nothing = chosen(FLAGS, {"empty": 0.7}, hers)
    assert nothing is not None
    assert not nothing.replaces(hers)
    assert nothing.replaces(entity(FLAGS, "allergy"))


def test_what_is_read_beside_a_name_must_be_surer_and_is_of_the_same_person() -> None:
    hers: Entity = {"entity": FLAGS, "value": "allergy", "holder": "partner"}
    assert chosen(FLAGS, {"nutritional_gap": 0.5}, entity(FLAGS, "allergy")) is None
    assert chosen(FLAGS, {"nutritional_gap": 0.7}, hers) == Choice({"reply"}, [(FLAGS, "nutritional_gap")], "partner")


def test_a_name_is_no_guess_and_what_it_would_mean_is_not_added() -> None:
    named: Entity = {"entity": TYPE, "value": "scarring", "concept": "lichen_planopilaris"}
    assert chosen(TYPE, {"other_cause": 0.9}, named) is None
    possible: Entity = {"entity": FLAGS, "value": "not_sure", "concept": "iron_deficiency", "status": "possible"}
    assert chosen(FLAGS, {"nutritional_gap": 0.9}, possible) is None


def test_what_is_only_planned_leaves_room_for_none() -> None:
    planned: Entity = {"entity": "prior_treatments", "value": "prp", "status": "considered"}
    assert chosen("prior_treatments", {"none": 0.5}, planned) == Choice({"reply"}, [("reply", "no")])


def test_the_likeliest_of_a_list_is_read_if_nothing_else_is() -> None:
    assert chosen(FLAGS, {"allergy": 0.31, "none": 0.1}) == Choice({"reply"}, [(FLAGS, "allergy")])
    assert chosen(FLAGS, {"allergy": 0.31, "none": 0.4}) is None, "something on the list may be meant"
    assert chosen(FLAGS, {"active_cancer": 0.5}) is None, "it would end the check"


def test_none_of_the_list_needs_that_nothing_speaks_against_it() -> None:
    assert chosen(FLAGS, {"none": 0.9, "allergy": 0.2}) is None
    assert chosen(FLAGS, {"none": 0.9, "allergy": 0.19}) == Choice({"reply"}, [("reply", "no")])


def test_a_clear_reply_is_the_whole_answer_unless_something_may_be_meant_beside_it() -> None:
    assert is_whole_answer(FLAGS, {"none": 0.5, "allergy": 0.09}, THRESHOLDS)
    assert not is_whole_answer(FLAGS, {"none": 0.49, "allergy": 0.0}, THRESHOLDS)
    assert not is_whole_answer(FLAGS, {"none": 0.9, "allergy": 0.1}, THRESHOLDS)
    assert not is_whole_answer(FLAGS, {"none": 0.9, "not_sure": 0.1}, THRESHOLDS)
    assert is_whole_answer(FLAGS, {"declined": 0.5, "allergy": 0.4}, THRESHOLDS)
    assert is_whole_answer("prior_treatments", {"none": 0.5, "minoxidil": 0.3}, THRESHOLDS)
