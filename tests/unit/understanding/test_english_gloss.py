"""How dialects and phones write English, in the words that the rules know."""

from __future__ import annotations

import pytest

from components.understanding.gloss import in_english
from components.understanding.mentions import MentionFinder

FINDER = MentionFinder()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("she hasnae tried owt", "she hasn't tried anything"),
        ("gettin checked wi the nurse", "getting checked with the nurse"),
        ("ye", "yes"),
        ("were trying for one more", "we're trying for one more"),
        ("we were trying for a while", "we were trying for a while"),
        ("nw3 n 2a, 34 y o", "nw3 n 2a, 34 y o"),
        ("Line one\n\n  line two", "Line one\n\n  line two"),
    ],
)
def test_words(written: str, read: str) -> None:
    assert in_english(written, None) == in_english(written, "en") == read


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("ma man takes warfarin", "partner"),
        ("me ma's on warfarin", "parent"),
        ("my bredren on warfarin", "someone_else"),
        ("warfarin is for ma wee boy", "child"),
        ("the aspirin of my wife, and her warfarin", "partner"),
        ("warfarin every night, my viejo goes for it", "partner"),
        ("a lad at work takes warfarin", "someone_else"),
        ("her sister takes warfarin", "someone_else"),
        ("warfarin, mate", None),
    ],
)
def test_whose(text: str, whose: str | None) -> None:
    flags = [mention for mention in FINDER.find(in_english(text, None)) if mention.entity == "health_flags"]
    assert flags[-1].holder == whose
