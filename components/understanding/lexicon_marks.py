"""Puts what the lexicon found in an answer into words from which the reader of answers learns how far to trust it.

So the reader knows what a new name means: "on apixaban" has the mark of a blood thinner that somebody takes now.
"""

from __future__ import annotations

from collections.abc import Sequence

from actions.questionnaire import AGE
from components.understanding.kernel_classifier import Marks
from components.understanding.mention_holders import is_of_others
from runtime.shapes import Entity

NOTHING = "nothing"
SPOKEN = "language"  # the entity that only says which language a message is in


def marks(entities: Sequence[Entity], patient: str | None = None) -> Marks:
    """Returns a mark for each kind of thing that was found, or one that says that nothing was.

    Args:
        entities: what was found.
        patient: whom the check is about, if it is not the visitor. What is theirs has the marks of one's own.
    """
    found = {_mark(entity, patient) for entity in entities if entity["entity"] != SPOKEN}
    return sorted(found) or [NOTHING]


def _mark(entity: Entity, patient: str | None) -> str:
    """Returns what was found and how it is meant, without whose it is beyond "somebody else's", and without numbers."""
    value = "" if entity["entity"] == AGE else entity["value"]
    holder = entity.get("holder")
    others = "others" if is_of_others(holder) and holder != patient else ""
    return "/".join((entity["entity"], value, entity.get("role") or "", entity.get("status") or "", others))
