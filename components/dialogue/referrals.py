"""Which referral to a dermatologist ends a turn. Plain Python that works on slots.

The first one says how to find a dermatologist. The later ones are short and fit the turn: `referral_kind` chooses among the texts
of `data/responses/referral.yml`, and the number of referrals so far makes them take turns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.candidacy import OUTCOME_SLOT, UNDER_AGE, Outcome, age_group
from actions.questionnaire import AGE
from components.dialogue.parsed_message import ParsedMessage
from components.dialogue.texts import REFERRALS
from components.intents import ABUSE, CRISIS, DANGERS, EMERGENCY, NO_RUSH_INTENTS, REACTION, SMALL_TALK_INTENTS

KIND = "referral_kind"  # slot: the situation that a referral is for
CARE_FIRST, CHILD, NO_RUSH, SMALL_TALK = "care_first", "child", "no_rush", "small_talk"
KINDS = (CARE_FIRST, CHILD, NO_RUSH, SMALL_TALK)
SEEN_FIRST = {DANGERS[intent] for intent in (EMERGENCY, REACTION)}  # values of the slot `danger`
HURT = {DANGERS[intent] for intent in (CRISIS, ABUSE)}


def is_first(slots: Mapping[str, Any]) -> bool:
    """Whether we have given no referral yet."""
    return not slots.get(REFERRALS)


def referral_slots(parsed: ParsedMessage, slots: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the slots for the referral of this turn."""
    return {REFERRALS: int(slots.get(REFERRALS) or 0) + 1, KIND: referral_kind(parsed, slots)}


def referral_kind(parsed: ParsedMessage, slots: Mapping[str, Any]) -> str | None:
    """Returns the situation that the referral must fit, or None if there is nothing special about it."""
    if slots.get("danger") in SEEN_FIRST or slots.get(OUTCOME_SLOT) == Outcome.urgent_care.name:
        return CARE_FIRST
    if slots.get("danger") in HURT:
        return NO_RUSH
    if _is_about_a_child(parsed, slots):
        return CHILD
    if parsed.intent in NO_RUSH_INTENTS:
        return NO_RUSH
    return SMALL_TALK if parsed.intent in SMALL_TALK_INTENTS else None


def _is_about_a_child(parsed: ParsedMessage, slots: Mapping[str, Any]) -> bool:
    return UNDER_AGE in (age_group(slots.get(AGE)), slots.get("topic_condition"), *parsed.conditions)
