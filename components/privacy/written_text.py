"""A message as it was written, for the turn that answers it. We only store the masked text.

Rasa's event for a message is what gets stored, so its `text` is masked, and so are its entities. We add the written text, and the
entities with their places in it, to that object as attributes that Rasa does not know. No conversion of the event includes them,
and they are gone when the turn ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.shapes import Entity

TEXT, ENTITIES = "written_text", "written_entities"  # the attributes


def keep_written(event: Any, text: str, entities: Sequence[Mapping[str, Any]]) -> None:
    """Adds the text as it was written, and what is named in it, to a `UserUttered` event."""
    setattr(event, TEXT, text)
    setattr(event, ENTITIES, entities)


def written_text(event: Any) -> str:
    """Returns the text as it was written during the turn of a `UserUttered` event, and the stored text after that."""
    return getattr(event, TEXT, event.text) or ""


def written_entities(event: Any) -> list[Entity]:
    """Returns the entities, during the turn of an event with their places in the written text."""
    return list(getattr(event, ENTITIES, event.entities))
