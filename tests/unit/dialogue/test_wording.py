"""How a language puts lists into words."""

from __future__ import annotations

import pytest

from components.dialogue.wording import wording


@pytest.mark.parametrize(
    ("language", "items", "words"),
    [
        ("en", [], ""),
        ("en", ["lupus"], "lupus"),
        ("en", ["lupus", "anemia", "infection"], "lupus, anemia and infection"),
        ("es", ["lupus", "anemia"], "lupus y anemia"),
        ("es", ["minoxidil", "injerto"], "minoxidil e injerto"),
        ("es", ["anemia", "Hipotiroidismo"], "anemia e Hipotiroidismo"),
        ("es", ["vitaminas", "hierro"], "vitaminas y hierro"),
    ],
)
def test_list(language: str, items: list[str], words: str) -> None:
    assert wording(language).joined(items) == words
