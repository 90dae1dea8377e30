"""Since when something holds that a message mentions."""

from __future__ import annotations

import pytest

from components.understanding.concepts import CONCEPTS
from components.understanding.mentions import Mention, MentionFinder

FINDER = MentionFinder()


def mention(text: str, entity: str = "health_flags") -> Mention:
    """Returns the last mention of an entity in `text`, or of a concept that may be one."""
    found = [mention for mention in FINDER.find(text) if mention.entity in (entity, "concept")]
    return [mention for mention in found if mention.entity == entity or entity in CONCEPTS[mention.value].slots][-1]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("i used to take warfarin, now it's eliquis", None),
        ("I used to be very anemic", "past"),
        ("anemic as a teenager", "past"),
        ("had ringworm and anemia as a child", "past"),
        ("I had ringworm, diabetes", None),
        ("I've had diabetes for twenty years", None),
        ("had diabetes for twenty years", None),
        ("took methotrexate for a year, off it now", "past"),
        ("came off warfarin but back on it", None),
        ("used to be anemic and still am", None),
        ("I can't stop taking warfarin", None),
        ("never came off warfarin", None),
        ("I had a kidney transplant in 2011", None),
        ("had an allergic reaction once", None),
        ("diagnosed with diabetes in 2010", None),
        ("I don't have ringworm any more", "past"),
        ("no longer on methotrexate", "past"),
        ("was on warfarin until last autumn", "past"),
        ("on warfarin until the operation", None),
        ("diabetes, waiting for surgery on my knee", None),
        ("tested positive for hiv", None),
        ("they haven't ruled out diabetes", "possible"),
        ("my doctor mentioned diabetes", "possible"),
        ("I think I have diabetes", "possible"),
        ("maybe diabetes", "possible"),
        ("planning to go on warfarin", "considered"),
        ("going to start warfarin", "considered"),
        ("booked for chemo", None),
        ("hoping to get pregnant", None),
    ],
)
def test_health(text: str, status: str | None) -> None:
    found = mention(text)
    assert (found.role, found.status) == (None, status)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("came off finasteride", None),
        ("not on finasteride any more", None),
        ("my doctor suggested finasteride", "considered"),
        ("my doctor suggested finasteride, been using it since May", None),
        ("was offered prp and it did nothing", None),
        ("my brother recommended finasteride", "considered"),
        ("thinking about finasteride", "considered"),
        ("i tried finasteride", None),
    ],
)
def test_treatment(text: str, status: str | None) -> None:
    found = mention(text, "prior_treatments")
    assert (found.role, found.status) == (None, status)


def test_a_treatment_turned_down_is_denied() -> None:
    assert mention("decided against finasteride", "prior_treatments").role == "denied"


@pytest.mark.parametrize(
    ("text", "status"),
    [("could be psoriasis", None), ("they're testing me for psoriasis", "possible"), ("used to have psoriasis", None)],
)
def test_kind_of_hair_loss(text: str, status: str | None) -> None:
    assert mention(text, "hair_loss_type").status == status


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("melanoma in 2009", "past_cancer"),
        ("lymphoma, in remission", "past_cancer"),
        ("finished with the carcinoma, clear since", "past_cancer"),
        ("carcinoma, still in treatment", "active_cancer"),
        ("waiting for a carcinoma to come out", "active_cancer"),
    ],
)
def test_cancer_that_is_over_is_a_value_of_its_own(text: str, value: str) -> None:
    assert mention(text).value == value


@pytest.mark.parametrize(
    "exception", ["only", "except", "apart from", "just", "but", "unless you count", "other than", "besides"]
)
def test_a_reply_does_not_deny_its_exception(exception: str) -> None:
    assert mention(f"no, {exception} warfarin").role is None
    assert mention(f"none {exception} warfarin").role is None


def test_a_reply_and_a_name_after_it() -> None:
    assert mention("no, warfarin").role is None
    assert mention("no warfarin").role == "denied"


def test_a_statement_without_a_subject_is_no_question() -> None:
    assert mention("was on warfarin").role is None
    assert mention("did prp twice", "prior_treatments").role is None
    assert mention("was warfarin the reason?").role == "asked"
