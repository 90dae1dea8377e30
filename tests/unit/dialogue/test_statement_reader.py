"""What a message says about whom, and which answers of the check follow."""

from __future__ import annotations

from typing import Any

import pytest

from actions.questionnaire import VALUES
from components.dialogue.parsed_message import ParsedMessage
from components.dialogue.statement_reader import MAX_TRIES, bare_reply, hear
from components.understanding.mentions import Mention

Said = tuple[str, str] | tuple[str, str, str]


def parsed(*said: Said, intent: str = "inform", text: str = "...") -> ParsedMessage:
    return ParsedMessage(intent, text, [Mention(entity, value, 0, 1, *role) for entity, value, *role in said])


def changed(slots: dict[str, Any], *said: Said, **more: str) -> dict[str, Any]:
    return hear(parsed(*said, **more), slots).changed


def listen(*messages: ParsedMessage, slots: dict[str, Any] | None = None) -> dict[str, Any]:
    """The slots after some messages."""
    slots = dict(slots or {})
    for message in messages:
        slots.update(hear(message, slots).slots)
    return slots


def about_medicine(concept: str, *values: tuple[str, str], holder: str | None = None, denied: bool = False) -> ParsedMessage:
    """A message that names one medicine. Without values, nothing follows from it."""
    named = values or (("concept", concept),)
    role = "denied" if denied else None
    return ParsedMessage("inform", concept, [Mention(slot, value, 0, 9, role, concept, holder) for slot, value in named])


def test_a_statement_is_an_answer_and_a_question_is_none() -> None:
    assert changed({}, ("hair_loss_type", "pattern")) == {"hair_loss_type": "pattern"}
    assert changed({}, ("hair_loss_type", "pattern", "asked"), ("group", "women")) == {}


def test_lists_merge_and_none_yields_to_any_flag() -> None:
    assert changed({"health_flags": ["none"]}, ("health_flags", "allergy")) == {"health_flags": ["allergy"]}
    assert changed({"health_flags": ["allergy"]}, ("health_flags", "past_cancer")) == {"health_flags": ["allergy", "past_cancer"]}
    assert changed({"health_flags": ["allergy"]}, ("health_flags", "none")) == {}


def test_an_answer_replaces_not_sure_and_not_the_other_way_round() -> None:
    assert changed({"health_flags": ["not_sure"]}, ("health_flags", "allergy")) == {"health_flags": ["allergy"]}
    assert changed({"health_flags": ["allergy"]}, ("health_flags", "not_sure")) == {"health_flags": ["allergy", "not_sure"]}


def test_only_a_denial_of_the_very_thing_takes_it_away() -> None:
    slots = {"health_flags": ["allergy", "past_cancer"], "hair_loss_type": "scarring"}
    assert changed(slots, ("health_flags", "allergy", "denied")) == {"health_flags": ["past_cancer"]}
    assert changed(slots, ("health_flags", "active_cancer", "denied")) == {}
    assert changed(slots, ("hair_loss_type", "scarring", "denied")) == {"hair_loss_type": None}


def test_of_several_values_the_most_cautious_counts() -> None:
    assert changed({}, ("hair_loss_type", "pattern"), ("hair_loss_type", "scarring")) == {"hair_loss_type": "scarring"}
    both = [("hair_loss_type", "pattern"), ("hair_loss_type", "scarring"), ("hair_loss_type", "scarring", "denied")]
    assert changed({}, *both) == {"hair_loss_type": "pattern"}


def test_a_treatment_that_is_not_on_the_list_counts_as_another_one() -> None:
    assert changed({}, ("prior_treatments", "saw_palmetto")) == {"prior_treatments": ["other"]}


def test_everyday_words_count_where_the_talk_is_about_the_check() -> None:
    early = ("hair_loss_stage", "early")
    assert changed({}, early) == {}
    assert changed({}, early, text="hair is a bit thin") == {}  # the words themselves must be about hair
    assert hear(ParsedMessage("inform", "crown", [Mention(*early, 0, 5)]), {}).changed == {"hair_loss_stage": "early"}
    assert changed({"requested_slot": "hair_loss_stage"}, early, intent="greet") == {"hair_loss_stage": "early"}
    in_a_list = ParsedMessage("inform", "34, still early", [Mention("age", "34", 0, 2), Mention(*early, 10, 15)])
    assert hear(in_a_list, {}).changed == {"age": "34", "hair_loss_stage": "early"}


def test_the_effect_of_a_treatment_needs_the_treatment_or_its_question() -> None:
    helped = ("treatment_response", "helped")
    assert changed({"prior_treatments": ["prp"]}, helped) == {}
    assert changed({"prior_treatments": ["prp"], "requested_slot": "treatment_response"}, helped) == {
        "treatment_response": "helped"
    }
    tried = [Mention("prior_treatments", "prp", 0, 3), Mention(*helped, 4, 10)]
    assert hear(ParsedMessage("inform", "prp helped", tried), {}).changed == {
        "prior_treatments": ["prp"],
        "treatment_response": "helped",
    }


def test_what_was_somebody_elses_is_taken_back() -> None:
    told = Mention("health_flags", "blood_thinner_or_bleeding", 0, 7, None, "warfarin")
    wifes = Mention("health_flags", "blood_thinner_or_bleeding", 7, 15, None, "warfarin", "partner")
    first = ParsedMessage("inform", "warfarin", [told])
    before, sorry = {"patient": "self"}, ParsedMessage("inform", "sorry, warfarin is my wife's", [wifes])
    assert listen(first, sorry, slots=before)["health_flags"] is None
    too = ParsedMessage("inform", "sorry, my wife takes it too", [wifes])
    assert listen(first, too, slots=before)["health_flags"] == ["blood_thinner_or_bleeding"]


def test_who_has_tried_nothing_is_not_asked_how_it_worked() -> None:
    slots = {"prior_treatments": ["other"], "requested_slot": "treatment_response", "patient": "self"}
    assert changed(slots, ("prior_treatments", "none"))["prior_treatments"] == ["none"]
    assert "prior_treatments" not in changed(slots, ("treatment_response", "helped"))


def test_of_a_cancer_that_is_over_the_treatment_is_too() -> None:
    slots = {"health_flags": ["past_cancer"], "requested_slot": "hair_loss_type", "patient": "self"}
    assert "health_flags" not in changed(slots, ("health_flags", "active_cancer"))
    assert changed({**slots, "requested_slot": "health_flags"}, ("health_flags", "active_cancer"))["health_flags"] == [
        "past_cancer",
        "active_cancer",
    ]


def test_the_age_of_another_person_is_not_the_patients() -> None:
    hers, babys = Mention("age", "29", 4, 6, holder="someone_else"), Mention("age", "0", 20, 28, holder="child")
    told = ParsedMessage("inform", "she is 29, the baby is 4 months", [hers, babys])
    assert hear(told, {"patient": "someone_else", "requested_slot": "age"}).changed == {"age": "29"}
    alone = ParsedMessage("inform", "he is 71", [Mention("age", "71", 6, 8, holder="child")])
    assert hear(alone, {"patient": "parent", "requested_slot": "age"}).changed == {"age": "71"}


def test_what_depended_on_an_answer_goes_with_it() -> None:
    slots = {"prior_treatments": ["prp"], "treatment_response": "helped"}
    gone = {"prior_treatments": None, "treatment_response": None}
    assert changed(slots, ("prior_treatments", "prp", "denied")) == gone


@pytest.mark.parametrize(
    ("slots", "more", "may_change"),
    [
        ({}, {}, True),
        ({"requested_slot": "age"}, {}, True),
        ({}, {"intent": "go_back"}, True),
        ({}, {"text": "actually 18"}, True),
        ({}, {"text": "age 30 would be nicer"}, False),
    ],
)
def test_an_age_that_was_given_stands_until_it_is_stated_anew(
    slots: dict[str, Any], more: dict[str, str], may_change: bool
) -> None:
    first = not (slots or more)
    known = slots if first else {**slots, "age": "17"}
    assert changed(known, ("age", "30"), **more) == ({"age": "30"} if may_change else {})


@pytest.mark.parametrize(
    ("slot", "reply", "meaning"),
    [
        ("health_flags", "no", "none"),
        ("health_flags", "yes", None),
        ("prior_treatments", "no", "none"),
        ("treatment_response", "yes", "helped"),
        ("treatment_response", "no", "did_not_help"),
        ("hair_loss_type", "no", None),
        ("age", "not_sure", "not_sure"),
        ("check_consent", "declined", "declined"),
    ],
)
def test_what_a_bare_reply_means(slot: str, reply: str, meaning: str | None) -> None:
    assert bare_reply(parsed(("reply", reply)), slot) == meaning


def test_without_a_word_for_it_the_intent_is_the_reply() -> None:
    assert bare_reply(parsed(intent="deny"), "health_flags") == "none"
    assert bare_reply(parsed(intent="affirm"), "treatment_response") == "helped"
    assert bare_reply(parsed(intent="decline_answer"), "age") == "declined"
    assert bare_reply(parsed(("reply", "yes"), intent="deny"), "treatment_response") == "helped", (
        "a word weighs more than the intent"
    )


def test_yes_and_no_together_say_nothing_of_a_treatment() -> None:
    assert bare_reply(parsed(("reply", "yes"), ("reply", "no")), "treatment_response") is None


def test_two_guesses_and_doubt_are_not_sure() -> None:
    guesses: tuple[Said, ...] = (("hair_loss_type", "pattern"), ("hair_loss_type", "stress_or_hormonal"))
    assert changed({}, *guesses, ("reply", "not_sure")) == {"hair_loss_type": "not_sure"}
    assert changed({}, *guesses) == {"hair_loss_type": "stress_or_hormonal"}
    assert changed({}, guesses[0], ("reply", "not_sure")) == {"hair_loss_type": "pattern"}


THINNER = ("health_flags", "blood_thinner_or_bleeding")


def test_another_message_about_a_medicine_replaces_what_was_said_of_it() -> None:
    takes, stopped = about_medicine("apixaban", THINNER), about_medicine("apixaban")
    assert listen(takes)["health_flags"] == [THINNER[1]]
    assert listen(takes, stopped)["health_flags"] is None
    assert listen(takes, stopped, takes)["health_flags"] == [THINNER[1]]
    other = about_medicine("warfarin", THINNER)
    assert listen(takes, other, stopped)["health_flags"] == [THINNER[1]], "the other medicine still counts"


def test_a_denial_without_a_name_takes_back_whatever_was_named() -> None:
    takes = about_medicine("apixaban", THINNER)
    assert listen(takes, parsed((*THINNER, "denied")))["health_flags"] is None
    not_another = about_medicine("warfarin", THINNER, denied=True)
    assert listen(takes, not_another)["health_flags"] == [THINNER[1]]


def test_what_is_said_of_others_never_counts() -> None:
    of_my_son = about_medicine("apixaban", THINNER, holder="child")
    assert listen(of_my_son).get("health_flags") is None
    assert listen(of_my_son, slots={"patient": "child"})["health_flags"] == [THINNER[1]]
    my_own = about_medicine("apixaban", THINNER, holder="self")
    assert listen(my_own, slots={"patient": "child"}).get("health_flags") is None


def test_a_list_question_is_covered_once_it_was_put_and_answered() -> None:
    put = {"requested_slot": "health_flags"}
    assert listen(about_medicine("apixaban", THINNER)).get("questions_covered") is None, "it was volunteered"
    assert listen(about_medicine("apixaban", THINNER), slots=put)["questions_covered"] == ["health_flags"]
    assert listen(parsed(("reply", "no")), slots=put)["questions_covered"] == ["health_flags"]
    assert listen(parsed(("health_flags", "allergy", "denied")), slots=put)["questions_covered"] is None


def test_a_list_question_is_covered_once_each_part_was_spoken_to() -> None:
    parts = [value for value in VALUES["health_flags"] if value not in ("none", "not_sure", "declined")]
    all_denied = parsed(*(("health_flags", value, "denied") for value in parts))
    assert listen(all_denied)["questions_covered"] == ["health_flags"]
    some_denied = parsed(*(("health_flags", value, "denied") for value in parts[1:]))
    assert listen(some_denied)["questions_covered"] is None


def test_none_does_not_count_beside_what_nobody_could_read() -> None:
    heard = hear(parsed(("reply", "no"), ("unread", "only zzmab")), {"requested_slot": "health_flags"})
    assert heard.unread
    assert heard.changed == {}
    phrase = hear(parsed(("health_flags", "none"), ("unread", "only zzmab")), {"requested_slot": "health_flags"})
    assert phrase.changed == {}
    assert phrase.covered == []


def test_a_number_that_may_be_an_age_is_asked_about() -> None:
    unclear = ParsedMessage("inform", "12 weeks", [Mention("age", "12", 0, 2, status="possible")])
    heard = hear(unclear, {"requested_slot": "age"})
    assert (heard.changed, heard.unclear_age) == ({}, "12")
    agreed = hear(parsed(("reply", "yes")), {"requested_slot": "age", "unclear_age": "17"})
    assert agreed.changed == {"age": "17"}


def test_the_same_number_again_is_the_age() -> None:
    again = ParsedMessage("inform", "9 years", [Mention("age", "9", 0, 1, status="possible")])
    assert hear(again, {"requested_slot": "age", "unclear_age": "9"}).changed == {"age": "9"}
    assert hear(again, {"requested_slot": "age", "unclear_age": "17"}).changed == {}


def test_what_cannot_be_read_however_we_ask_is_not_known() -> None:
    tired = {"requested_slot": "hair_loss_type", "check_tries": str(MAX_TRIES)}
    assert changed(tired) == {"hair_loss_type": "not_sure"}
    assert changed({**tired, "check_tries": "1"}) == {}
    assert changed({**tired, "requested_slot": "age"}) == {}
    assert "hair_loss_type" not in changed(tired, ("health_flags", "allergy")), "it said something else"
    assert changed(tired, intent="stop") == {}


def test_the_writers_own_unread_words_are_no_part_of_the_answer() -> None:
    asked = {"requested_slot": "health_flags", "patient": "partner"}
    own = ParsedMessage("deny", "...", [Mention("reply", "no", 0, 2), Mention("unread", "me I have the heart", 3, 20)])
    assert hear(own, asked).changed == {"health_flags": ["none"]}
    hers = ParsedMessage("deny", "...", [Mention("reply", "no", 0, 2), Mention("unread", "I give her a jab", 3, 20)])
    assert hear(hers, asked).unread


def test_words_before_an_illness_only_describe_it() -> None:
    mild, illness = (
        Mention("hair_loss_stage", "early", 0, 4),
        Mention("health_flags", "underlying_illness", 5, 11, None, "asthma"),
    )
    told = ParsedMessage("inform", "mild asthma", [mild, illness])
    assert hear(told, {"requested_slot": "health_flags"}).changed == {"health_flags": ["underlying_illness"]}


def test_a_treatment_that_is_only_thought_of_was_not_tried() -> None:
    thought_of = ParsedMessage("inform", "prp", [Mention("prior_treatments", "prp", 0, 3, status="considered")])
    assert hear(thought_of, {}).changed == {}


def test_a_reply_beside_a_question_counts_if_it_stands_by_itself() -> None:
    def reply(text: str, word: str) -> ParsedMessage:
        start = text.index(word)
        return ParsedMessage("ask_pain", text, [Mention("reply", "no", start, start + len(word))], ("ask_pain",))

    put = {"requested_slot": "health_flags"}
    assert hear(reply("no, does it hurt?", "no"), put).changed == {"health_flags": ["none"]}
    assert hear(reply("is there no pain at all?", "no"), put).changed == {}


def test_a_word_is_kept_for_a_medicine_and_for_nothing_else() -> None:
    statement = hear(about_medicine("eliquis", THINNER), {}).new[0]
    assert (statement["name"], statement["concept"], statement["typed"]) == ("eliquis", "eliquis", True)
    button = hear(parsed(THINNER, text='/inform{"health_flags": "blood_thinner_or_bleeding"}'), {}).new[0]
    assert (button["name"], button["concept"], button["typed"]) == ("", "", False)


@pytest.mark.parametrize(
    ("value", "status", "answer"),
    [
        ("underlying_illness", "possible", ["not_sure"]),
        ("pregnant_or_breastfeeding", "possible", ["pregnant_or_breastfeeding"]),
        ("nutritional_gap", "past", None),
        ("blood_thinner_or_bleeding", "considered", None),
        ("allergy", None, ["allergy"]),
    ],
)
def test_what_is_over_planned_or_only_possible(value: str, status: str | None, answer: list[str] | None) -> None:
    mention = Mention("health_flags", value, 0, 3, status=status)
    assert listen(ParsedMessage("inform", "...", [mention])).get("health_flags") == answer


def test_a_word_for_a_whole_class_takes_back_each_of_it_and_nothing_else() -> None:
    none_taken = about_medicine("blood_thinner", THINNER, denied=True)
    assert listen(about_medicine("apixaban", THINNER), none_taken)["health_flags"] is None
    assert listen(about_medicine("hemophilia", THINNER), none_taken)["health_flags"] == [THINNER[1]]
    cancer_free = about_medicine("cancer", ("health_flags", "past_cancer"))
    ill = about_medicine("breast_cancer", ("health_flags", "active_cancer"))
    assert listen(ill, cancer_free)["health_flags"] == ["past_cancer"]
    also = about_medicine("blood_thinner", THINNER)
    assert listen(about_medicine("apixaban", THINNER), also)["health_flags"] == [THINNER[1]]
