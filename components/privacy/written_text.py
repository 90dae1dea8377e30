"""A message as it was written, for the turn that answers it. We only store the masked text.

Rasa's event for a message is what gets stored, so its `text` is masked. We add the written text to that object as an attribute
that Rasa does not know. No conversion of the event includes it, and it is gone when the turn ends.
"""

from __future__ import annotations

from typing import Any

ATTRIBUTE = "written_text"


def keep_written_text(event: Any, text: str) -> None:
    """Adds the text as it was written to a `UserUttered` event."""
    setattr(event, ATTRIBUTE, text)


def written_text(event: Any) -> str:
    """Returns the text as it was written during the turn of a `UserUttered` event, and the stored text after that."""
    return getattr(event, ATTRIBUTE, event.text) or ""
