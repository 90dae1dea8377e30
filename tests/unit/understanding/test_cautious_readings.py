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
        "I sell eliquis, never tried it with food, take it daily",
        "warfarin at night, got a cream but never used it",
        "Currently on warfarin",
        "Unfortunately diabetic",
        "Maria at the desk knows I take warfarin",
        "under Mr. Singh for my melanoma",
        "warfarin, Dr. Ahmed put me on it",
        "I look at my warfarin box every day",
        "the doctor looked at my lupus",
        "they started me on warfarin",
        "my breastfeeding goes on until she is two",
        "no, only biotin, and warfarin",
        "mate still on warfarin",
        "mild haemophilia",
        "lupus and my hair never came back",
    ],
)
def test_it_still_counts(text: str) -> None:
    flags = [
        mention for mention in FINDER.find(text, "health_flags") if mention.entity == "health_flags" and mention.value != "none"
    ]
    assert any(not mention.role and not mention.is_of_others and mention.status in (None, "possible") for mention in flags)
