"""Finds the check answers that a message gives, changes or takes back. Plain Python that works on a dictionary of slots."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from actions.questionnaire import (
    AGE,
    ANSWERS,
    DEPENDS_ON,
    EVERYDAY_WORDS,
    LISTS,
    NO_MEANS,
    NONE,
    PRECEDENCE,
    REQUESTED_SLOT,
    UNKNOWN,
    UNLISTED,
    YES_MEANS,
    has_content,
    is_answer,
    is_asked,
)
from components.dialogue.parsed_message import ParsedMessage
from components.intents import AFFIRM, DECLINE_ANSWER, DENY, GO_BACK, STATEMENTS

REPLY_BY_INTENT = {AFFIRM: {"yes"}, DENY: {"no"}}  # for messages that mention no reply
STATES_AGE = re.compile(r"^/|\b(i'?m|i am|my age|actually|meant|years? old)\b", re.I)


def answers_in(parsed: ParsedMessage, slots: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the slots that change because of what visitors say about themselves, in any turn.

    New list values are added to earlier ones. Any value replaces `none`. Only denying a value removes it.
    """
    said, denied = _values_by_slot(parsed)
    changed = {
        slot: _new_answer(slot, parsed, said.get(slot, []), denied.get(slot, []), slots)
        for slot in dict.fromkeys([*said, *denied])
        if slot not in EVERYDAY_WORDS or _is_about_check(slot, parsed, said, slots)
    }
    after = {**slots, **changed}
    # Clear answers that no longer apply because the answer they depend on is gone.
    changed.update({slot: None for slot in DEPENDS_ON if after.get(slot) and not is_asked(slot, after)})
    return {slot: value for slot, value in changed.items() if value != slots.get(slot)}


def bare_reply(parsed: ParsedMessage, slot: str) -> str | None:
    """Returns what a bare reply ("no", "not sure", "skip") means for the open question."""
    replies = set(parsed.replies) or REPLY_BY_INTENT.get(parsed.intent, set())
    for unknown in ("declined", "not_sure"):
        if unknown in replies:
            return unknown
    # If both mean something here, hearing both tells us nothing.
    meanings = [means[slot] for reply, means in (("yes", YES_MEANS), ("no", NO_MEANS)) if reply in replies and slot in means]
    if len(meanings) == 1:
        return meanings[0]
    return "declined" if parsed.intent == DECLINE_ANSWER else None


def _values_by_slot(parsed: ParsedMessage) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Returns the values that the message states and those it denies. What a question is about is neither."""
    said: dict[str, list[str]] = {}
    denied: dict[str, list[str]] = {}
    for mention in parsed.mentions:
        slot, value = mention.entity, mention.value
        if slot not in ANSWERS or mention.role == "asked" or mention.is_of_others or mention.status in ("past", "considered"):
            continue
        if not is_answer(slot, value):
            value = UNLISTED.get(slot, "")
        if not value:
            continue  # a button from before an update may carry a value that is gone
        (denied if mention.role == "denied" else said).setdefault(slot, []).append(value)
    return said, denied


def _is_about_check(slot: str, parsed: ParsedMessage, said: Mapping[str, list[str]], slots: Mapping[str, Any]) -> bool:
    """Whether everyday words such as "early" or "a bit" are an answer here."""
    if slots.get(REQUESTED_SLOT) == slot:
        return True
    if slot in DEPENDS_ON:
        return bool(said.get(DEPENDS_ON[slot]))
    return parsed.intent in STATEMENTS


def _new_answer(slot: str, parsed: ParsedMessage, said: list[str], denied: list[str], slots: Mapping[str, Any]) -> Any:
    earlier = slots.get(slot)
    if slot in LISTS:
        return _merge(earlier or [], said, denied)
    if slot == AGE:
        return said[-1] if said and _may_change_age(parsed, slots) else earlier
    if len(set(said)) > 1 and "not_sure" in parsed.replies:
        said = [*said, "not_sure"]  # "could be hereditary, could be stress, nobody knows"
    kept = None if earlier in denied else earlier
    return next((value for value in PRECEDENCE[slot] if value in said and value not in denied), kept)


def _may_change_age(parsed: ParsedMessage, slots: Mapping[str, Any]) -> bool:
    """Whether a new age may replace the old one: if we are asking for it, or the visitor corrects it or states it again."""
    open_or_corrected = slots.get(REQUESTED_SLOT) == AGE or parsed.intent == GO_BACK
    return not slots.get(AGE) or open_or_corrected or bool(STATES_AGE.search(parsed.text))


def _merge(earlier: Sequence[str], said: Sequence[str], denied: Sequence[str]) -> list[str] | None:
    merged = [value for value in dict.fromkeys([*earlier, *said]) if value not in set(denied) - set(said)]
    given_up = {NONE} if len(merged) > 1 else set()
    if has_content(said):
        given_up |= UNKNOWN  # an answer replaces "not sure"
    return [value for value in merged if value not in given_up] or None
