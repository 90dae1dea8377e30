"""What a conversation remembers of what was spoken of: whose hair it is about, which conditions, and how often about distress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.dialogue.parsed_message import ParsedMessage
from components.intents import DISTRESS, START_OVER
from components.understanding.about_whom import CHILD, SELF, WHOM
from components.understanding.follow_ups import CONDITIONS, GROUPS

HAIR_LOSS = {"alopecia_areata", "scarring"}  # kinds that have treatments of their own
MAX_CONDITIONS = 6  # that we remember
# The slot `distress`, such as "child_2": who is meant, and which of the texts it gets.
DISTRESS_TURN = "distress"
SOMEONE = "someone"
NEXT_TIME = {"1": "2", "2": "3", "3": "2"}  # from the third time on, the last two texts take turns


def spoken_of(parsed: ParsedMessage, slots: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the slots that remember what a message speaks of."""
    # Whoever starts over has cleared the answers, and with them what the answers named.
    remembered = [] if parsed.intent == START_OVER else slots.get(CONDITIONS) or []
    now = list(dict.fromkeys([*parsed.conditions, *_of_somebody_else(parsed)]))
    conditions = [*(condition for condition in remembered if condition not in now), *now][-MAX_CONDITIONS:]
    named = {WHOM: parsed.about_whom, CONDITIONS: conditions or None}
    return {**named, **(_distress(parsed, slots) if DISTRESS in parsed.topics else {})}


def _of_somebody_else(parsed: ParsedMessage) -> list[str]:
    """Returns the kinds of hair loss that another person has. They are no answers to the check, so no mention has them."""
    if parsed.about_whom in (None, SELF):
        return []
    kinds = (group for group in GROUPS if group.name in HAIR_LOSS and group.pattern)
    return [group.name for group in kinds if group.pattern and group.pattern.search(parsed.text)]


def _distress(parsed: ParsedMessage, slots: Mapping[str, Any]) -> dict[str, Any]:
    whose = {None: SELF, SELF: SELF, CHILD: CHILD}.get(parsed.about_whom, SOMEONE)
    last = str(slots.get(DISTRESS_TURN) or "").rpartition("_")[2]
    return {DISTRESS_TURN: f"{whose}_{NEXT_TIME.get(last, '1')}"}
