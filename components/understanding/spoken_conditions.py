"""Tells which condition a question that names none is about ("how long does it go on"), and whether it is about a child.

data/understanding/treatment_details.yml says what answers such a question. Needs no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.intents import EXOSOME_TOPICS
from components.understanding import treatment_details
from components.understanding.about_whom import CHILD, WHOM, about_whom
from components.understanding.mention_holders import own
from components.understanding.named_treatments import WORDS, is_exosomes, named_in
from components.understanding.treatment_details import CONDITION_TEXTS, SUBJECT, Target
from runtime.shapes import Entity

NAMES = ("group", "health_flags", "hair_loss_type")  # the entities that name a condition or a group of people


def current_condition(entities: Sequence[Entity], slots: Mapping[str, Any]) -> str | None:
    """Returns the condition that the conversation is about, if the message names no other one."""
    condition = slots.get(SUBJECT)
    names_another = any(entity["entity"] in NAMES and entity.get("role") != "denied" for entity in own(entities))
    return str(condition) if condition in CONDITION_TEXTS and not names_another else None


def names_treatment(text: str, entities: Sequence[Entity]) -> bool:
    """Whether a message names another treatment than exosomes."""
    return any(not is_exosomes(treatment, text) for treatment in named_in(entities, text))


def about_condition(condition: str, read: Target, text: str) -> Target | None:
    """Returns what answers a question about a condition. With exosomes in it, only a text about them and the condition does."""
    found = treatment_details.about_condition(condition, read)
    names_exosomes = bool(WORDS["exosomes"].search(text))
    return None if found and names_exosomes and found.topic not in EXOSOME_TOPICS else found


def is_about_child(text: str, entities: Sequence[Entity], slots: Mapping[str, Any]) -> bool:
    """Whether a message is about a child: it says so, or nobody else has been mentioned since."""
    ages = (str(entity["value"]) for entity in entities if entity["entity"] == "age")
    age = next((int(value) for value in ages if value.isdigit()), None)
    return (about_whom(text, age) or slots.get(WHOM)) == CHILD
