"""What `clean` takes away, and what it must leave."""

from __future__ import annotations

import unicodedata

import pytest

from channels.text import clean, is_direction_mark


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  does it hurt?\n", "does it hurt?"),
        ("a\r\nb\tc", "a\n\nb\tc"),
        ("e\u0301", "é"),
        ("a\u0000b\u0007c\u009fd", "abcd"),
        ("\ud800 hello", "hello"),
        ("\u202eabc\u202c \u2067x\u2069", "abc x"),
        ("🙂 هل هو آمن", "🙂 هل هو آمن"),
        ("👩\u200d⚕️", "👩\u200d⚕️"),
        ("\u0000\u202e \t", ""),
        ("", ""),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned
    assert clean(cleaned) == cleaned


def test_the_direction_marks_are_the_nine_of_unicode() -> None:
    marks = {character for character in map(chr, range(0x110000)) if is_direction_mark(character)}
    assert marks == set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert {unicodedata.category(mark) for mark in marks} == {"Cf"}
