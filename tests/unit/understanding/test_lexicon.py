"""Which phrases a text has, whatever it says about them."""

from __future__ import annotations

import pytest

from components.understanding.lexicon import Lexicon

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
    ("typed", "mended"),
    [
        ("finastride", "finasteride"),
        ("minoxadil", "minoxidil"),
        ("spironolaktonne", "spironolactone"),  # a long word may have two
        ("transplants", "transplants"),
        ("vinasteride", "vinasteride"),  # the first letter must be right
        ("finastrdxe", "finastrdxe"),  # three slips are another word
        ("lupsu", "lupsu"),  # not a word that is mended
        ("eczem", "eczem"),
        ("prp", "prp"),
    ],
)
def test_slips(typed: str, mended: str) -> None:
    assert LEXICON.mend(typed) == mended


def test_a_word_without_an_end_is_cut_and_what_follows_it_is_read() -> None:
    assert found("a" * 4900 + " prp") == [("concept", "prp")]
