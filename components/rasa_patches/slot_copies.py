"""Copies a slot without Python's general protocol for copying objects.

Rasa copies every slot when it loads a conversation, and again for each action: ours 170 times a turn. Nothing in a slot needs
more than a copy of its attributes.
"""

from __future__ import annotations

from rasa.shared.core.slots import Slot


def copied(slot: Slot) -> Slot:
    """Returns a slot with the same attributes."""
    copy = object.__new__(type(slot))
    vars(copy).update(vars(slot))
    return copy


def install() -> None:
    """Makes Python copy slots this way."""
    Slot.__copy__ = copied
