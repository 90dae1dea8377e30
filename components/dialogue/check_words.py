"""Fills in what the texts of the check say about this conversation: whom it is about, what was named, and what has changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.questionnaire import LISTS, REQUESTED_SLOT, STATEMENTS, UNCLEAR_AGE
from components.dialogue.assessment import answers_noted, in_words
from components.dialogue.check import CHANGES
from components.dialogue.patient import patient_of
from components.dialogue.statements import names_of
from components.dialogue.texts import Texts
from components.understanding.languages import ENGLISH

PLACEHOLDERS = ("patient", "named", "changes", "unclear_age", "label", "before", "now")


def check_words(text: str, texts: Texts, slots: Mapping[str, Any]) -> dict[str, str]:
    """Returns the values of those placeholders of a text that depend on the conversation."""
    makers = {"patient": _patient, "named": _named, "changes": _changes, UNCLEAR_AGE: _unclear_age}
    return {word: make(texts, slots) for word, make in makers.items() if f"{{{word}}}" in text}


def _patient(texts: Texts, slots: Mapping[str, Any]) -> str:
    return texts.text(f"utter_patient_{patient_of(slots)}")


def _named(texts: Texts, slots: Mapping[str, Any]) -> str:
    """Returns what the visitor has already named of the list that we ask about.

    In English, we use their own words. In other languages we use the titles, because we only have their words in English.
    """
    slot = str(slots.get(REQUESTED_SLOT))
    if slot not in LISTS:
        return ""
    named = names_of(slots.get(STATEMENTS) or [], slot, patient_of(slots)) if texts.language == ENGLISH else []
    return ", ".join(named) or in_words(texts, slot, slots.get(slot)).lower()


def _unclear_age(texts: Texts, slots: Mapping[str, Any]) -> str:
    return str(slots.get(UNCLEAR_AGE))


def _changes(texts: Texts, slots: Mapping[str, Any]) -> str:
    return " ".join(_change(change, texts) for change in slots.get(CHANGES) or [])


def _change(change: Mapping[str, Any], texts: Texts) -> str:
    slot, before, now = change["slot"], change["before"], change["after"]
    name = "utter_check_change" if now else "utter_check_change_cleared"
    words = {
        "label": texts.wording.label(slot),
        "before": in_words(texts, slot, before),
        "now": in_words(texts, slot, now),
    }
    return texts.fill(texts.text(name), words)


def lines_read_back(texts: Texts, slots: Mapping[str, Any]) -> list[str]:
    """Returns what we have noted, a line for each answer."""
    return [f"- {answer['label']}: {answer['answer']}" for answer in answers_noted(texts, slots)]
