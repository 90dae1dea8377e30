"""In what sense a text names something. The phrase in question stands in brackets; where there are several, the last one."""

from __future__ import annotations

import re

import pytest
import spacy
from spacy.tokens import Span

from components.understanding import mention_roles

NLP = spacy.blank("en")


def marked(text: str) -> tuple[Span, set[int]]:
    """Returns the last phrase in brackets, and the places of the words of all of them."""
    plain, places = "", []
    for piece in re.split(r"(\[.*?\])", text.lower()):
        bare = piece.strip("[]")
        if piece != bare:
            places.append((len(plain), len(plain) + len(bare)))
        plain += bare
    doc = NLP.make_doc(plain)
    phrases = [span for start, end in places if (span := doc.char_span(start, end))]
    return phrases[-1], {token.i for phrase in phrases for token in phrase}


def phrase(text: str) -> Span:
    return marked(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "not [pregnant]",
        "i don't have [lupus]",
        "i have never in all these years tried [prp]",
        "no known [cancer]",
        "[pregnant]: no, i am not on pills",
        "[cancer] no, eliquis yes",
        "warfarin for a year; [eliquis], never.",
    ],
)
def test_denied(text: str) -> None:
    assert mention_roles.is_denied(*marked(text))


@pytest.mark.parametrize(
    "text",
    [
        "i'm not sure if i'm [pregnant]",
        "i can't stop taking [warfarin]",
        "no one knows of my [lupus]",
        "can't believe i'm [pregnant]",
        "pregnant no, [eliquis] yes",
        "not that it matters but [lupus]",
        "never mind. [lupus]",
        "don't forget i have [lupus]",
        "not a word of it did anyone at the clinic say about [lupus]",
        "[cancer] no doubt",
        "[lupus], never mind",
    ],
)
def test_not_denied(text: str) -> None:
    assert not mention_roles.is_denied(*marked(text))


def test_a_denial_goes_on_over_a_list() -> None:
    assert mention_roles.is_negated(
        *marked("no [cancer], [diabetes], [lupus], [psoriasis], [anemia], [ringworm], [gout] or [pregnancy]")
    )
    assert not mention_roles.is_negated(*marked("no [cancer], have [lupus]")), "something else begins after the comma"


def test_only_some_negations_reach_past_a_comma() -> None:
    assert mention_roles.is_negated(*marked("without [cancer], healthy, [diabetes]"))
    assert not mention_roles.is_negated(*marked("not [pregnant], healthy, [alopecia areata]"))


@pytest.mark.parametrize(
    "text",
    [
        "does it work for [alopecia areata]?",
        "what about [alopecia areata]",
        "[alopecia areata]?",
        "thanks, is it safe with [warfarin]",
        "can you tell me if [lupus] matters",
    ],
)
def test_asked_about_by_form(text: str) -> None:
    assert mention_roles.is_asked_about(phrase(text), answers_open_question=True, is_question=False)


@pytest.mark.parametrize(
    "text",
    [
        "since i have [lupus], is it safe?",
        "i take [eliquis], does it hurt?",
        "[eliquis], does it hurt?",
        "[lupus]. does it hurt?",
    ],
)
def test_what_someone_says_in_front_of_a_question_is_not_asked_about(text: str) -> None:
    assert not mention_roles.is_asked_about(phrase(text), answers_open_question=True, is_question=False)


def test_what_is_owned_in_a_question_is_not_asked_about() -> None:
    assert not mention_roles.is_asked_about(phrase("is it ok if i have [lupus]?"), answers_open_question=False, is_question=True)
    assert mention_roles.is_asked_about(phrase("is it ok for me with [lupus]?"), answers_open_question=False, is_question=True)
    assert mention_roles.is_asked_about(phrase("can we use it with [lupus]?"), answers_open_question=False, is_question=True)


def test_a_bare_noun_is_asked_about_by_the_intent_alone() -> None:
    bare = phrase("price for [alopecia areata]")
    assert mention_roles.is_asked_about(bare, answers_open_question=False, is_question=True)
    assert not mention_roles.is_asked_about(bare, answers_open_question=True, is_question=True)
    assert not mention_roles.is_asked_about(bare, answers_open_question=False, is_question=False)
    assert not mention_roles.is_asked_about(phrase("price for my [lupus]"), answers_open_question=False, is_question=True)


def test_a_denial_weighs_more_than_a_question() -> None:
    assert mention_roles.role(*marked("is it safe with no [lupus]?"), answers_open_question=False, is_question=True) == "denied"
    assert mention_roles.role(*marked("is it safe with [lupus]?"), answers_open_question=False, is_question=True) == "asked"
    assert mention_roles.role(*marked("i have [lupus]"), answers_open_question=False, is_question=True) is None
