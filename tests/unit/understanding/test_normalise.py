"""How each part of the understanding reads a text."""

from __future__ import annotations

import pytest

from components.understanding import normalise


def test_for_the_classifier() -> None:
    assert normalise.for_classifier("Don’t ‘CRY’") == "don't ‘cry'"


def test_for_the_lexicon_every_character_keeps_its_place() -> None:
    assert normalise.for_lexicon("Don’t ‘cry’  `x`") == "Don't 'cry'  `x`"


def test_for_ages_every_character_keeps_its_place() -> None:
    assert normalise.for_ages("İ'm ſıxty, 273 K") == "i'm sixty, 273 k"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("I  can’t\u00a0BREATHEEEE", "i cant breathe"),
        ("can`t \u200bbre\u00adathe", "cant breathe"),
        ("ｃａｌｌ 999", "call 999"),
        ("one\n two", "one\n two"),  # a line may be a sentence
        ("không thở được, daño", "khong tho duoc, dano"),
        ("सांस नहीं आ रही", "सांस नहीं आ रही"),
        ("thrοat and brеаthе", "throat and breathe"),
        ("Я не могу дышать, minoxidil", "я не могу дышать, minoxidil"),
        ("**I** _can't_ ~breathe~", "i cant breathe"),
        ("k*ll", "k*ll"),
        ("c a n t  b r e a t h e", "cant breathe"),
        ("s-u-i-c-i-d-e", "suicide"),
        ("F.U.E. at 10 a.m.", "f.u.e. at 10 a.m."),
        ("c4nt br34the", "cant breathe"),
        ("5mg at 10:30, 39.5 for 6weeks", "5mg at 10:30, 39.5 for 6weeks"),
    ],
)
def test_for_danger(text: str, read: str) -> None:
    assert normalise.for_danger(text) == read


def test_for_danger_a_text_does_not_grow_without_end() -> None:
    assert len(normalise.for_danger("\ufdfa" * 5000)) <= normalise.MAX_LENGTH
