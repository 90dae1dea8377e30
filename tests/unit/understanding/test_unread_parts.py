"""What is left in an answer to a list question that nobody could read."""

from __future__ import annotations

import pytest

from components.understanding.mentions import MentionFinder
from components.understanding.message_parts import split
from components.understanding.unread_parts import is_unfinished, unread_part
from runtime.shapes import Entity

FLAGS, TREATMENTS = "health_flags", "prior_treatments"
FINDER = MentionFinder()


def entities(text: str, slot: str) -> list[Entity]:
    return [
        {"entity": found.entity, "value": found.value, "start": found.start, "end": found.end}
        | ({"role": found.role} if found.role else {})
        | ({"concept": found.concept} if found.concept else {})
        for found in FINDER.find(text, slot)
    ]


def unread(text: str, slot: str = FLAGS, is_doubted: bool = False, **scores: float) -> str | None:
    found = unread_part(text, slot, entities(text, slot), split(text), False, is_doubted, lambda _: scores)
    return found["value"] if found else None


@pytest.mark.parametrize("text", ["as I said", "well, like I told you before", "um", "it's what I wrote"])
def test_unfinished(text: str) -> None:
    assert is_unfinished(text)


@pytest.mark.parametrize("text", ["advanced, like I said", "as I said, early", "smooth"])
def test_finished(text: str) -> None:
    assert not is_unfinished(text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("no, only Qwertumab", "only Qwertumab"),
        ("no only the qwertumab drip", "only the qwertumab drip"),
        ("none, although my blood never sets", "although my blood never sets"),
        ("healthy! the crib is bought", "the crib is bought"),
        ("none. They took half a lung", "They took half a lung"),
        ("no. I get a jab every fortnight", "I get a jab every fortnight"),
        ("nothing, unless you count my spleen", "unless you count my spleen"),
        ("fit and well apart from a dodgy valve", "fit and well apart from a dodgy valve"),
        ("no, but I came off the pill to start a family", "I came off the pill to start a family"),
        ("no, only rosemary oil and something for my heart", "only rosemary oil and something for my heart"),
        ("no, only biotin because my kidneys leak", "only biotin because my kidneys leak"),
        ("no, only aloe vera on my wounds", "only aloe vera on my wounds"),
        ("no, only vitamin c tablets and two pills", "only vitamin c tablets and two pills"),
        ("no, is it safe if you have half a lung", "is it safe if you have half a lung"),
        ("no, does it matter that I have half a lung", "does it matter that I have half a lung"),
    ],
)
def test_unread(text: str, part: str) -> None:
    assert unread(text) == part


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "Nope!",
        "none of these",
        "nothing like that",
        "no I'm totally healthy, cheers",
        "none, I never had any trouble",
        "no medical problems here mate",
        "none that I'm aware of, thankfully",
        "nah, all good",
        "no thanks",
        "none at the moment",
        "no, only multivitamins",
        "nothing except biotin",
        "no, not me",
        "negative on all of them",
        "no cancer, diabetes or pregnancy",
        "no, just bald",
        "no, my dad had diabetes",
        "no, just a multivitamin every morning",
        "nothing, she only puts coconut oil on her braids",
        "none, and is that painful afterwards?",
        "nope, cleared my army medical in october, nothing found",
    ],
)
def test_nothing_unread(text: str) -> None:
    assert unread(text) is None


@pytest.mark.parametrize("text", ["i cant", "um", "er...", "no but", "no i have", "well, i", "I'm", "none except", "hmm so"])
def test_half_a_sentence_is_no_answer(text: str) -> None:
    assert unread(text) == text


@pytest.mark.parametrize("text", ["no", "so no", "well no", "ok none", "not really", "i don't", "no i haven't"])
def test_a_short_answer_is_no_half_sentence(text: str) -> None:
    assert unread(text) is None


def test_a_part_may_be_read_as_nothing_by_its_score() -> None:
    assert unread("no, I run marathons", none=0.5) is None
    assert unread("no, I run marathons", none=0.4)
    assert unread("no, I run marathons", empty=0.56) is None
    assert unread("no, only marathons", empty=0.56), "after an exception it must be clearer"


def test_beside_a_value_there_is_no_none_to_doubt() -> None:
    assert unread("no, warfarin and qwertumab") is None
    assert unread("I take qwertumab") is None


def test_only_lists_have_a_none_to_doubt() -> None:
    assert unread("no, only Qwertumab", "hair_loss_type") is None
    assert unread("no, only qwertygro lotion", TREATMENTS) == "only qwertygro lotion"


def test_curly_apostrophes() -> None:
    assert unread("no, I’m well") is None


def test_where_the_reader_sees_something_of_the_list_we_ask_about_all_of_it() -> None:
    assert unread("no trouble at all", is_doubted=True) == "no trouble at all"
    assert unread("no, lupus", is_doubted=True) is None
