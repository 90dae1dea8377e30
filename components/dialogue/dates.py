"""The date that goes with facts that can change, such as an approval. We give it once in a conversation. Plain Python on slots.

A text opens such a sentence with `{as_of}`, as in "{as_of} no exosome product is FDA-approved." The first time, that is filled in
with the date. After that it is dropped, unless the response has `dated: true` in its metadata because the date is the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from components.dialogue.answers import Responses
from components.dialogue.several_answers import answers_among, shortened
from components.dialogue.texts import fitting

GIVEN = "date_given"  # slot: the response that gives the date in this turn, or EARLIER
EARLIER = "earlier"
PLACEHOLDER = "{as_of}"
OPENING = re.compile(re.escape(PLACEHOLDER) + r"\s+(\S)")


def without_date(text: str) -> str:
    """Returns `text` without `{as_of}`. The sentence that it opened begins with a capital letter."""
    return OPENING.sub(lambda found: found[1].upper(), text)


def with_date_once(text: str) -> str:
    """Returns `text` with its first `{as_of}` only."""
    before, placeholder, after = text.partition(PLACEHOLDER)
    return before + placeholder + without_date(after)


def with_date_if_due(text: str, name: str, is_dated: bool, slots: Mapping[str, Any]) -> str:
    """Returns the text of the response `name` with `{as_of}` once if this is where the date is given, otherwise without it."""
    is_due = is_dated or slots.get(GIVEN) in (None, name)
    return with_date_once(text) if is_due else without_date(text)


def date_slot(actions: Sequence[str], slots: Mapping[str, Any], responses: Responses) -> dict[str, Any]:
    """Returns the slot that says which of the turn's `actions` gives the date."""
    if slots.get(GIVEN):
        return {GIVEN: EARLIER}
    several = answers_among(actions, responses)
    return {GIVEN: next((name for name in actions if _says_date(name, name in several, slots, responses)), None)}


def _says_date(name: str, is_shortened: bool, slots: Mapping[str, Any], responses: Responses) -> bool:
    texts = [variant["text"] for variant in fitting(responses.get(name, ()), slots)]
    return any(PLACEHOLDER in (shortened(name, text) if is_shortened else text) for text in texts)
