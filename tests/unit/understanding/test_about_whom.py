"""Whose hair a message is about."""

from __future__ import annotations

import pytest

from components.understanding.about_whom import about_whom


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my youngest son has round bald patches", "child"),
        ("would it be ok for my little girl", "child"),
        ("our teenager is losing hair", "child"),
        ("my 13 year old hides it under a cap", "child"),
        ("asking for my wife", "partner"),
        ("my boyfriend's hairline is going", "partner"),
        ("is it something for my mum?", "parent"),
        ("my dad is 70 and thinning", "parent"),
        ("my best friend has been crying about it", "someone_else"),
        ("can my brother get it", "someone_else"),
        ("my husband, is he a candidate?", "partner"),
        ("my mum can she use it", "parent"),
        ("i'm losing my hair", "self"),
        ("ok and what about me, is it for me", "self"),
        ("it's for my son, not for me", "child"),
        ("my son is fine now, but i'm shedding too", "self"),
        ("my hair got thin and now my daughter is losing hers", "child"),
        # Only mentioned.
        ("it started after my son was born", None),
        ("since i had my daughter it sheds", None),
        ("my dad was bald at thirty", None),
        ("my wife thinks it's a scam", None),
        ("my friend told me about exosomes", None),
        ("how much does it cost", None),
        ("will they tell my parents", None),
        ("what happened to my hair since my son came", "self"),
    ],
)
def test_whose_hair(text: str, expected: str | None) -> None:
    assert about_whom(text) == expected


def test_a_grown_up_child_is_somebody_else() -> None:
    assert about_whom("my son is 34 and thinning", 34) == "someone_else"
    assert about_whom("my son is 15 and thinning", 15) == "child"
