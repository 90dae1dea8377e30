"""Which language a message is in."""

from __future__ import annotations

import pytest

from components.understanding.languages import foreign_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("¿cuánto cuesta el tratamiento?", "es"),
        ("quanto custa o tratamento", "pt"),
        ("combien coûte le traitement", "fr"),
        ("多少钱", "zh"),
        ("얼마예요", "ko"),
        ("сколько стоит", "ru"),
        ("كم السعر", "ar"),
        ("how much is it", None),
        ("la fin is no good de facto", None),
        ("la de the is", None),
        ("cuánto", None),  # one word tells nothing
        ("zxcv qwer", None),
        ("", None),
        ("34", None),
    ],
)
def test_language(text: str, language: str | None) -> None:
    assert foreign_language(text) == language


def test_two_words_of_another_language_in_an_unknown_sentence_tell_nothing() -> None:
    assert foreign_language("quiero cuesta xx yy zz ww") is None
