"""What a conversation remembers of what was spoken of: whose hair it is about, which conditions, and how often about distress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.dialogue.parsed_message import ParsedMessage
from components.intents import DISTRESS
from components.understanding.about_whom import CHILD, SELF, WHOM
from components.understanding.follow_ups import CONDITIONS

MAX_CONDITIONS = 6  # that we remember
# The slot `distress`, such as "child_2": who is meant, and the how manieth time it is. Each selects another text.
DISTRESS_TURN = "distress"
SOMEONE = "someone"
NEXT_TIME = {"1": "2", "2": "3", "3": "2"}  # from the third time on, the last two texts take turns


def spoken_of(parsed: ParsedMessage, slots: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the slots that remember what a message speaks of."""
    before = [condition for condition in slots.get(CONDITIONS) or [] if condition not in parsed.conditions]
    conditions = [*before, *parsed.conditions][-MAX_CONDITIONS:]
    remembered = {WHOM: parsed.about_whom, CONDITIONS: conditions or None}
    return {**remembered, **(_distress(parsed, slots) if DISTRESS in parsed.topics else {})}


def _distress(parsed: ParsedMessage, slots: Mapping[str, Any]) -> dict[str, Any]:
    whose = {None: SELF, SELF: SELF, CHILD: CHILD}.get(parsed.about_whom, SOMEONE)
    last = str(slots.get(DISTRESS_TURN) or "").rpartition("_")[2]
    return {DISTRESS_TURN: f"{whose}_{NEXT_TIME.get(last, '1')}"}
