"""Whom the check is about."""

from __future__ import annotations

from typing import Any

import pytest

from components.dialogue.parsed_message import ParsedMessage
from components.dialogue.patient import UNCLEAR, patient_after, patient_of
from components.understanding.mentions import Mention


def after(text: str, slots: dict[str, Any] | None = None, intent: str = "check_candidacy", *mentions: Mention) -> str:
    return patient_after(ParsedMessage(intent, text, mentions), slots or {})


@pytest.mark.parametrize(
    ("text", "patient"),
    [
        ("am i a candidate", "self"),
        ("I'd like to do the check for my son", "child"),
        ("my husband is thinning on top, is he a candidate?", "partner"),
        ("asking for my mum", "parent"),
        ("candidate check please", "self"),
    ],
)
def test_the_words_that_open_the_check_say_whom_it_is_for(text: str, patient: str) -> None:
    assert after(text) == patient


def test_whoever_was_spoken_of_before_stays_the_patient_unless_the_writer_asks_for_themselves() -> None:
    named = {"about_whom": "child"}
    assert after("is he a candidate", named) == "child"
    assert after("am i a candidate", named) == "self"


@pytest.mark.parametrize(
    "text",
    [
        "i want to check if she is a candidate",
        "I'd like to know whether she'd be a good candidate",
        "check her please",
        "could she have it",
        "i want her checked, is she too old",
        "let me do the questions for her",
        "can you tell me if she qualifies?",
        "i want to know if it's right for her",
        "i'd like to see if exosomes can help her",
        "i'm asking on her behalf",
        "i want to check her eligibility",
        "is she too far gone, i need to know",
        "i want to run the questionnaire on her",
        "my hair is fine, but is she a candidate",
        "i'm a candidate but is she?",
    ],
)
def test_a_pronoun_asks_for_whoever_was_spoken_of_before(text: str) -> None:
    assert after(text, {"about_whom": "parent"}) == "parent"
    assert after(text, {"about_whom": "self"}) == UNCLEAR, "nobody else was spoken of, so we ask"
    assert after(f"my sister is bald. {text}") == "someone_else"


@pytest.mark.parametrize(
    "text",
    [
        "my derm says he can't tell, am i a candidate",
        "check my hair for me, she said i should",
        "can they check me for it",
        "can i check here if i'm a candidate",
        "is it suitable for hereditary hair loss? i'm 40",
        "my friend did this and it worked great for her, can i get assessed?",
        "my dad used minoxidil, it did nothing for him. am i a candidate?",
        "my sister was told she's a good candidate, am i one too?",
        "my brother was told he's not a candidate because of scarring, would i be?",
        "my wife let me try her minoxidil, am i a candidate now",
        "my friend said to try her clinic, am i a candidate?",
        "my derm said im a candidate, not sure if he's right. can you check me?",
        "my doctor won't tell me if he thinks i'm a candidate so i'm asking here",
        "my stylist does microneedling, could she do the exosomes? am i a candidate",
        "my dad's bald, am i a candidate",
        "my brother's bald, my uncle's bald, am i a candidate",
        "my dad, he's bald at 50. am i a candidate",
        "my husband is bald and i'm losing mine too, am i a candidate?",
        "my mum has lupus, do i qualify",
        "are they suitable for women over 60? I'm 63",
    ],
)
def test_a_pronoun_for_somebody_else_asks_for_nobody(text: str) -> None:
    assert after(text, {"about_whom": "self"}) == "self"


@pytest.mark.parametrize("text", ["my wife says check him", "is he a candidate, my wife says it's worth it"])
def test_whoever_only_says_something_is_not_asked_for(text: str) -> None:
    assert after(text, {"about_whom": "child"}) == "child"


@pytest.mark.parametrize(
    ("text", "patient"),
    [
        ("my husband", "partner"),
        ("it's for my dad", "parent"),
        ("yes, my wife said to", UNCLEAR),
        ("yes please, my sister told me about you", UNCLEAR),
        ("yes. mine started at 30, my dad was bald", UNCLEAR),
    ],
)
def test_at_the_start_a_name_alone_tells_who_she_is(text: str, patient: str) -> None:
    assert after(text, {"patient": UNCLEAR, "requested_slot": "check_consent"}, "inform") == patient


def test_the_only_one_named_with_an_age_is_asked_for() -> None:
    hers = Mention("age", "68", 20, 22, holder="parent")
    assert after("my mam in Cardiff is 68, can she have it", None, "check_candidacy", hers) == "parent"
    assert after("my mam told me, can i have it", None, "check_candidacy") == "self"


def test_two_people_with_an_age_are_asked_about_once() -> None:
    ages = (Mention("age", "44", 4, 6, holder="self"), Mention("age", "15", 20, 22, holder="child"))
    assert after("I'm 44 and my son is 15", None, "check_candidacy", *ages) == UNCLEAR


def test_the_answer_to_whose_check_it_is() -> None:
    asked = {"patient": UNCLEAR, "requested_slot": "patient"}
    assert after("my son", asked, "inform") == "child"
    assert after("me", asked, "inform") == "self"
    assert after("hm", asked, "inform") == UNCLEAR
    assert after("...", asked, "inform", Mention("patient", "partner", 0, 0)) == "partner"
    assert after("...", asked, "inform", Mention("patient", "the queen", 0, 0)) == UNCLEAR


def test_a_running_check_changes_its_patient_only_at_the_beginning_or_to_correct_us() -> None:
    running = {"patient": "self", "requested_slot": "health_flags"}
    assert after("my sister has lupus", running, "inform") == "self"
    assert after("no, it's for my son", {**running, "requested_slot": "age"}, "inform") == "child"
    assert after("actually it's for my son", running, "go_back") == "child"
    both = (Mention("age", "40", 0, 2, holder="self"),)
    assert after("my mum is 72, I'm 40", {**running, "requested_slot": "age"}, "inform", *both) == "self"


def test_without_a_word_the_check_is_for_the_writer() -> None:
    assert patient_of({}) == "self"
    assert patient_of({"patient": "child"}) == "child"


@pytest.mark.parametrize(
    ("text", "patient"),
    [
        ("its for my dad hes in the middle of chemo so prob a no huh", "parent"),
        ("she has sickle cell the real one not the trait. this is for my niece", "someone_else"),
        ("my boy who this is for cant have amoxicillin", "child"),
        ("wife is pregnant, asking for her", "partner"),
        ("i'm the bald one but this is for her, my wife", "partner"),
        ("rogaine, but its for my wife that we bought it", "self"),
        ("for my cousin it worked great", "self"),
        ("my wife has lupus, this is for me", "self"),
        ("no its me, im not asking for my mum", "self"),
        ("it is not about my son. I'm asking for myself", "self"),
        ("I'm doing this for my wife", "self"),
        ("it's for my daughter's wedding", "self"),
        ("it's for my daughter's hair", "child"),
        ("my mum has it too, it's her i get it from", "self"),
        ("I bought this for my wife", "self"),
    ],
)
def test_later_it_must_be_said_in_so_many_words_that_the_check_is_for_somebody_else(text: str, patient: str) -> None:
    assert after(text, {"patient": "self", "requested_slot": "health_flags"}, "inform") == patient


def test_the_writers_may_say_at_any_question_that_it_is_for_themselves() -> None:
    hers = {"patient": "child", "requested_slot": "health_flags"}
    assert after("no, this is for me, i'm the patient", hers, "inform") == "self"
    assert after("my girl is fine but her dad isn't, it's for him", hers, "inform") == "child"
