"""How each part of the understanding reads a text."""

from __future__ import annotations

from components.understanding import normalise


def test_for_the_classifier() -> None:
    assert normalise.for_classifier("Don’t ‘CRY’") == "don't ‘cry'"


def test_for_the_lexicon_every_character_keeps_its_place() -> None:
    assert normalise.for_lexicon("Don’t ‘cry’  `x`") == "Don't 'cry'  `x`"


def test_for_ages_every_character_keeps_its_place() -> None:
    assert normalise.for_ages("İ'm ſıxty, 273 K") == "i'm sixty, 273 k"


def test_for_danger() -> None:
    assert normalise.for_danger("I  can’t\u00a0BREATHEEEE") == "i can't breathe"
    assert normalise.for_danger("can`t \u200bbre\u00adathe") == "can't breathe"
    assert normalise.for_danger("ｃａｌｌ 999") == "call 999"
    assert normalise.for_danger("one\n two") == "one\n two", "a line may be a sentence"
