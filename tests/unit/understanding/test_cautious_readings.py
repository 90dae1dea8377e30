"""Words near those that take a risk away, and do not: none of these may be read as denied, over, planned or somebody else's."""

from __future__ import annotations

import pytest

from components.understanding.mentions import MentionFinder

FINDER = MentionFinder()


@pytest.mark.parametrize(
    "text",
    [
        "I scratch the scalp sore and it bleeds",
        "I ignore my diabetes",
        "eliquis over the last two years",
        "warfarin for over a decade",
        "I'll start when i'm done nursing",
        "not done breastfeeding yet",
        "nursing my son",
        "pregnant with my first baby",
        "lupus, my other test was negative",
        "I want to order some but im on warfarin",
        "booking soon, im on warfarin",
        "no actually I have lupus",
        "no, they put me on warfarin",
        "my new tablets, warfarin",
        "if you need to know, I take warfarin",
        "chemo in March, still on it",
    ],
)
def test_it_still_counts(text: str) -> None:
    flags = [
        mention for mention in FINDER.find(text, "health_flags") if mention.entity == "health_flags" and mention.value != "none"
    ]
    assert any(not mention.role and not mention.is_of_others and mention.status in (None, "possible") for mention in flags)
