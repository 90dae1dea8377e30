"""Whose a thing is that a message mentions."""

from __future__ import annotations

import pytest

from components.understanding.mentions import MentionFinder

FINDER = MentionFinder()


def holder(text: str, last_person: str | None = None) -> str | None:
    """Returns the holder of the last health flag in `text`."""
    return [mention.holder for mention in FINDER.find(text, last_person=last_person) if mention.entity == "health_flags"][-1]


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("my aunt and my dad both have diabetes", "parent"),
        ("my brother has diabetes, I take warfarin", "self"),
        ("my brother has diabetes but warfarin is all I take", None),
        ("my brother has diabetes. Warfarin", None),
        ("me and my brother have diabetes", "self"),
        ("my wife and I have diabetes", "self"),
        ("my mum has diabetes and so do I", "self"),
        ("my mum has diabetes, me too", "self"),
        ("diabetes runs in the family", "someone_else"),
        ("there's a family history of diabetes", "someone_else"),
        ("I have diabetes, it runs in the family", "self"),
        ("my family doctor found diabetes", "self"),
        ("diabetes is my husband's", "partner"),
        ("warfarin is what my mother takes", "parent"),
        ("I'm a mum of two on warfarin", "self"),
        ("as a new mother I take warfarin", "self"),
        ("my wife thinks I have ringworm", "self"),
        ("my wife noticed ringworm", "self"),
        ("he diagnosed me with diabetes", "self"),
        ("my dad was bald, on warfarin", None),
        ("my son was ill. she takes warfarin", "child"),
        ("The doctor is kind, he says it's ringworm", None),
        ("they say it's ringworm", None),
        ("my daughter is nine and they found ringworm, she has diabetes", "child"),
        ("we have diabetes", None),
        ("Nkechi takes warfarin", "someone_else"),
        ("old mr. abara is on warfarin", "someone_else"),
        ("my niece Priya has diabetes", "someone_else"),
        ("my wife Ewa has diabetes", "partner"),
        ("Nkechi, I take warfarin", "self"),
        ("Deepak here, on warfarin", None),
        ("I'm Deepak, on warfarin", None),
        ("hi Maria, warfarin", None),
        ("under Dr. Ahmed for diabetes", None),
        ("Maria says it's ringworm", None),
        ("warfarin for her heart", "someone_else"),
        ("warfarin, the doctor wrote it for his study", None),
        ("lad from Leeds on warfarin", None),
        ("girl from church takes warfarin", "someone_else"),
        ("lad in the next flat has diabetes", "someone_else"),
        ("boy rubs warfarin on it", "child"),
        ("mate, warfarin", None),
    ],
)
def test_nearest_person(text: str, whose: str | None) -> None:
    assert holder(text) == whose


def test_pronouns_mean_who_was_spoken_of_before() -> None:
    assert holder("he takes warfarin", last_person="child") == "child"
    assert holder("he takes warfarin") == "someone_else"
    assert holder("my wife came along, she takes warfarin", last_person="child") == "partner"
    assert holder("I take warfarin", last_person="child") == "self"
    assert holder("Kasia takes warfarin", last_person="partner") == "partner"
    assert holder("warfarin for her heart", last_person="parent") == "parent"


def test_hair_loss_in_the_family_is_a_kind_of_hair_loss() -> None:
    mentions = FINDER.find("it runs in the family, androgenetic")
    assert {mention.holder for mention in mentions if mention.value == "pattern"} == {None}


def test_what_was_asked_or_told_by_others_is_not_theirs() -> None:
    assert [mention.holder for mention in FINDER.find("my grandmother's recipe, castor oil")] == ["self"]
    assert [mention.holder for mention in FINDER.find("she says it did nothing")] == [None]
