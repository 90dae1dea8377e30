"""Which phrases a text has, whatever it says about them."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from components.understanding.lexicon import Lexicon
from runtime.paths import DATA

LEXICON = Lexicon()


def found(text: str) -> list[tuple[str, str]]:
    return [(phrase.entity, phrase.value) for phrase in LEXICON.find(text)]


def test_the_places_are_those_of_the_text_as_typed() -> None:
    text = "Used  Minoxadil, then PRPs"
    assert [text[phrase.start : phrase.end] for phrase in LEXICON.find(text)] == ["Minoxadil", "PRPs"]


def test_the_longest_phrase_of_an_entity_counts() -> None:
    assert [phrase.span.text for phrase in LEXICON.find("male pattern baldness")] == ["male pattern baldness"]


def test_one_phrase_may_be_of_two_entities() -> None:
    assert sorted(found("autoimmune")) == [("concept", "autoimmune_disease"), ("group", "autoimmune")]


def test_no_is_a_reply_only_by_itself() -> None:
    assert found("no") == [("reply", "no")]
    assert ("reply", "no") not in found("no health problems")


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("finastride", "finasteride"),
        ("minoxadil", "minoxidil"),
        ("spironolaktonne", "spironolactone"),  # a long word may have two
        ("transplants", "transplants"),
        ("vinasteride", "vinasteride"),  # the first letter must be right
        ("finastrdxe", "finastrdxe"),  # three slips are another word
        ("lupsu", "lupsu"),  # not a word that is corrected
        ("eczem", "eczem"),
        ("prp", "prp"),
    ],
)
def test_slips(typed: str, corrected: str) -> None:
    assert LEXICON.correct_typo(typed) == corrected


def test_a_word_without_an_end_is_cut_and_what_follows_it_is_read() -> None:
    assert found("a" * 4900 + " prp") == [("concept", "prp")]


def test_a_word_that_visitors_often_write_is_no_typo() -> None:
    words = Counter(
        word
        for path in (DATA / "nlu").glob("*.yml")
        for word in re.findall(r"[^\W\d_]+", path.read_text(encoding="utf-8").lower())
    )
    often = {word for word, times in words.items() if times >= 15}
    assert len(often) > 2000
    assert {word: LEXICON.correct_typo(word) for word in often if LEXICON.correct_typo(word) != word} == {}


@pytest.mark.parametrize(
    "word",
    [
        "program",
        "ability",
        "creating",
        "creator",
        "concert",
        "inspection",
        "relaxed",
        "clarity",
        "crushing",
        "depressing",
        "advance",
    ]
    + ["decoration", "singular", "regain", "concerning", "aspiring", "contraction", "discord", "blender", "infested", "collage"],
)
def test_an_everyday_word_is_no_name(word: str) -> None:
    assert LEXICON.correct_typo(word) == word


def test_a_short_name_may_count_only_by_itself_as_the_answer() -> None:
    def names_pregnancy(text: str, question: str | None = "health_flags") -> bool:
        return any(phrase.concept == "pregnancy" for phrase in LEXICON.find(text, question))

    assert names_pregnancy("fine, 20 weeks")
    assert names_pregnancy("I'm twenty weeks today!")
    assert not names_pregnancy("fine, 20 weeks", None)
    assert not names_pregnancy("fine, 20 weeks", "prior_treatments")
    assert not names_pregnancy("a cold 3 weeks ago")
    assert not names_pregnancy("for 3 weeks")


def test_a_name_may_say_that_it_is_over() -> None:
    assert [(phrase.concept, phrase.status) for phrase in LEXICON.find("cancer survivor")] == [("cancer", "past")]
    assert [(phrase.concept, phrase.status) for phrase in LEXICON.find("cancer")] == [("cancer", None)]


def test_a_concept_competes_with_the_phrases_of_what_follows_from_it() -> None:
    assert found("kidney transplant") == [("concept", "organ_transplant")]
    assert ("concept", "hair_shampoo") not in found("just normal shampoo")
