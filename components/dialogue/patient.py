"""Tells whom the check is about: the visitor, or a child, partner, parent or somebody else that the visitor asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.questionnaire import AGE, CONSENT, PATIENT, REQUESTED_SLOT
from components.dialogue.parsed_message import ParsedMessage
from components.intents import GO_BACK
from components.understanding.about_whom import (
    OTHERS,
    SELF,
    WHOM,
    asked_for,
    asks_for_him_or_her,
    asks_for_writer,
    declared_patient,
    others_named,
    people_named,
)

UNCLEAR = "unclear"  # the visitor speaks of two people, or of a "she" whom nobody has named, so we ask
MAX_NAMING_WORDS = 3  # in a message that only says whom we asked for: "my dad, please"
PATIENTS = (SELF, *OTHERS)


def patient_of(slots: Mapping[str, Any]) -> str:
    """Returns whom the check is about so far."""
    return str(slots.get(PATIENT) or SELF)


def is_other_patient(slots: Mapping[str, Any], patient: str) -> bool:
    """Whether the check was about somebody else until now."""
    return slots.get(PATIENT) in PATIENTS and slots[PATIENT] != patient


def patient_after(parsed: ParsedMessage, slots: Mapping[str, Any]) -> str:
    """Returns whom the check is about after a message."""
    pressed, known = parsed.first(PATIENT), slots.get(PATIENT)
    if pressed in PATIENTS:
        return str(pressed)
    if slots.get(REQUESTED_SLOT) == PATIENT:
        return asked_for(parsed.text) or _only_person(parsed) or UNCLEAR
    if known == UNCLEAR and slots.get(REQUESTED_SLOT) == CONSENT:
        return asked_for(parsed.text, in_passing=False) or _named_alone(parsed) or UNCLEAR
    if known:
        return _corrected(parsed, slots) or str(known)
    people = {_asked_for(parsed) or _spoken_of(parsed, slots), *_people_with_age(parsed)}
    return people.pop() if len(people) == 1 else UNCLEAR


def _corrected(parsed: ParsedMessage, slots: Mapping[str, Any]) -> str | None:
    """Returns the new person, if the visitor says that the check is for somebody else.

    At the beginning, or to correct us, "for my wife" is enough; later that may be about a bottle of hers.
    """
    declared = None if parsed.asks else declared_patient(parsed.text)
    if declared and SELF in (declared, patient_of(slots)):
        return declared
    may_correct = slots.get(REQUESTED_SLOT) in (CONSENT, AGE) or parsed.intent == GO_BACK
    return asked_for(parsed.text, in_passing=False) if may_correct and SELF not in _people_with_age(parsed) else None


def _people_with_age(parsed: ParsedMessage) -> set[str]:
    return {mention.holder for mention in parsed.mentions if mention.entity == AGE and mention.holder}


def _asked_for(parsed: ParsedMessage) -> str | None:
    """Returns whom a message asks for: somebody in so many words, the writer, or else whoever it speaks of."""
    explicit = asked_for(parsed.text, in_passing=False)
    if explicit or asks_for_writer(parsed.text):
        return explicit or SELF
    whose = asked_for(parsed.text)
    return None if whose == SELF and asks_for_him_or_her(parsed.text) else whose


def _named_alone(parsed: ParsedMessage) -> str | None:
    """Returns the person whom a message names and says hardly anything else."""
    return _only_one(others_named(parsed.text)) if len(parsed.text.split()) <= MAX_NAMING_WORDS else None


def _spoken_of(parsed: ParsedMessage, slots: Mapping[str, Any]) -> str:
    """Returns whom the conversation is about. "Am I a candidate?" is about the writer, whoever was mentioned before.

    "I wonder if she is a candidate" is about the one other person in the message, or else about whoever was spoken of before;
    if that is nobody, it is unclear. Whoever is the only one named, with an age, is asked for: "my mum back home, she's 74".
    """
    if asks_for_him_or_her(parsed.text):
        other, before = _only_one(others_named(parsed.text)), slots.get(WHOM)
        return other or (str(before) if before in OTHERS else UNCLEAR)
    only = _only_person(parsed)
    return str(only) if only == SELF or only in _people_with_age(parsed) else str(parsed.about_whom or slots.get(WHOM) or SELF)


def _only_person(parsed: ParsedMessage) -> str | None:
    return _only_one({person.whose for person in people_named(parsed.text) if person.whose})


def _only_one(people: set[str]) -> str | None:
    return next(iter(people)) if len(people) == 1 else None
