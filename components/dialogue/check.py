"""Leads the candidacy check: what a message answers, corrects or leaves open, and which question comes next.

Plain Python over a dictionary of slots; the judgement itself stands in `actions/candidacy.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actions.candidacy import is_decided
from actions.questionnaire import (
    ANSWERS,
    CONSENT,
    FORM,
    LISTS,
    PRECEDENCE,
    QUESTIONS,
    UNKNOWN,
    VALUES,
    open_questions,
)
from components.intents import ASIDES, PLEASANTRIES, TELLING
from components.understanding.mentions import Mention
from components.understanding.question_form import is_question

OPENING, CORRECTED = "utter_check_candidacy", "utter_check_corrected"
ASSESSMENT = ["action_assess_candidacy", "utter_assessment"]
ELSEWHERE = "utter_check_elsewhere"
UNAVAILABLE = "utter_check_unavailable"
OFF = {"check": "off"}  # metadata of a message from where no health questions may be asked
UNKNOWN_STATE = {"check": "unknown"}  # metadata of a message whose conversation cannot be read or kept now
MIN_AGE = 13  # years; below it the check is not held
MAX_TRIES = 2

# A stage or a response is said in everyday words ("early", "a bit"), so it counts only where the talk is about the check.
ONLY_IN_CHECK = {"hair_loss_stage", "treatment_response"}
STATES_AGE = re.compile(r"^/|\b(i'?m|i am|my age|actually|meant|years? old)\b", re.I)


@dataclass(frozen=True)
class Heard:
    """One message, as understood.

    Attributes:
        intent: its intent.
        text: its text.
        mentions: what it says (see `Mention`), or what the chosen button stands for.
        topics: the questions it asks, as intents.
        sure: whether the intent is beyond doubt.
    """

    intent: str
    text: str
    mentions: Sequence[Mention] = ()
    topics: Sequence[str] = ()
    sure: bool = False

    @property
    def asks(self) -> bool:
        """Whether the message has the form of a question."""
        return is_question(self.text)

    @property
    def replies(self) -> list[str]:
        """The replies without content of their own: `yes`, `no`, `not_sure`, `declined`."""
        return [mention.value for mention in self.mentions if mention.entity == "reply" and mention.role != "denied"]


@dataclass
class Turn:
    """What the check does in answer: slots to set, actions to run, and whether it goes on."""

    slots: dict[str, Any] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)
    active: bool = True


def is_held(metadata: Mapping[str, Any] | None) -> bool:
    """Tells whether the check may be held with a message that has this metadata."""
    return (metadata or {}).get("check") is None


def is_unknown(metadata: Mapping[str, Any] | None) -> bool:
    """Tells whether a check may be running that cannot be read now."""
    return (metadata or {}).get("check") == UNKNOWN_STATE["check"]


def answers_in(heard: Heard, slots: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the slots that change because of what the visitor says about themselves, in any turn.

    Lists merge; `none` yields to any flag; only a denial of the very thing takes it away.
    """
    said: dict[str, list[str]] = {}
    denied: dict[str, list[str]] = {}
    for mention in heard.mentions:
        if mention.entity not in ANSWERS or mention.role == "asked":
            continue
        value = mention.value
        if mention.entity == "prior_treatments" and value not in VALUES["prior_treatments"]:
            value = "other"
        (denied if mention.role == "denied" else said).setdefault(mention.entity, []).append(value)

    changed: dict[str, Any] = {}
    for slot in {*said, *denied}:
        if slot in ONLY_IN_CHECK and not _about_check(slot, heard, said, slots):
            continue
        if slot in LISTS:
            value = _merge(slots.get(slot) or [], said.get(slot, []), denied.get(slot, []))
        elif slot == "age":
            value = said[slot][-1] if _may_change_age(heard, slots) else slots["age"]
        else:
            kept = None if slots.get(slot) in denied.get(slot, []) else slots.get(slot)
            named = set(said.get(slot, [])) - set(denied.get(slot, []))
            value = next((choice for choice in PRECEDENCE[slot] if choice in named), kept)
        if value != slots.get(slot):
            changed[slot] = value
    after = {**slots, **changed}
    if after.get("treatment_response") and not tried_a_treatment(after):
        changed["treatment_response"] = None  # what it depended on was taken back
    return {slot: value for slot, value in changed.items() if value != slots.get(slot)}


def _may_change_age(heard: Heard, slots: Mapping[str, Any]) -> bool:
    """An age that was given stands until its question is open, or the visitor corrects it or states it anew."""
    given = slots.get("age")
    return not given or slots.get("requested_slot") == "age" or heard.intent == "go_back" or bool(STATES_AGE.search(heard.text))


def _about_check(slot: str, heard: Heard, said: Mapping[str, list[str]], slots: Mapping[str, Any]) -> bool:
    if slots.get("requested_slot") == slot:
        return True
    if slot == "treatment_response":
        return bool(said.get("prior_treatments"))
    return heard.intent in TELLING


def tried_a_treatment(slots: Mapping[str, Any]) -> bool:
    return any(value != "none" and value not in UNKNOWN for value in slots.get("prior_treatments") or [])


def _merge(old: Sequence[str], said: Sequence[str], denied: Sequence[str]) -> list[str] | None:
    merged = [value for value in dict.fromkeys([*old, *said]) if value not in denied or value in said]
    if len(merged) > 1:
        merged = [value for value in merged if value != "none"]
    if any(value not in UNKNOWN and value != "none" for value in said):
        merged = [value for value in merged if value not in UNKNOWN]  # an answer replaces "not sure"
    return merged or None


def _reply(heard: Heard, slot: str) -> str | None:
    """Returns what a reply without content of its own ("no", "not sure", "skip") means for the open question."""
    replies = heard.replies
    for unknown in ("declined", "not_sure"):
        if unknown in replies:
            return unknown
    no = "no" in replies or not replies and heard.intent == "deny"
    yes = "yes" in replies or not replies and heard.intent == "affirm"
    if slot in LISTS and no:
        return "none"
    if slot == "treatment_response" and no != yes:
        return "helped" if yes else "did_not_help"
    return "declined" if heard.intent == "decline_answer" else None


def next_step(heard: Heard, slots: Mapping[str, Any], changed: Mapping[str, Any]) -> Turn:
    """Decides what the check does with a message.

    Args:
        heard: the message.
        slots: all slots as they were before it.
        changed: what `answers_in` made of it.
    """
    turn = Turn(slots=dict(changed))
    if slots.get("candidacy_outcome") and heard.intent != "start_over":
        turn.slots[CONSENT] = "yes"  # whoever has a result has begun, and may correct it without beginning anew
    asked = slots.get("requested_slot")
    now = {**slots, **turn.slots}

    if heard.intent == "stop" or heard.intent == "goodbye" and heard.sure and not changed:
        return Turn({**changed, "requested_slot": None}, ["utter_check_left"], active=False)
    if heard.intent == "start_over":
        cleared = dict.fromkeys([*ANSWERS, "candidacy_outcome", "candidacy_reasons", "check_tries"])
        turn.slots = cleared
        return _go_on(turn, {**slots, **cleared}, ["utter_check_cleared"])
    repeats = any(mention.entity in ANSWERS and not mention.role for mention in heard.mentions)
    if heard.intent == "go_back" and not changed and not repeats:
        return _go_back(turn, now, asked)

    answered = _answered(asked, changed, now)
    distress = heard.intent == "express_distress" and heard.sure
    reply = None if not asked or answered or distress else _reply(heard, asked)
    denies = any(mention.entity == asked and mention.role == "denied" for mention in heard.mentions)
    question = bool(heard.topics) and (heard.asks or distress or not (reply or changed or denies))
    corrects = _corrects(changed, slots, asked)
    first: list[str] = ["action_answer"] if question else [CORRECTED] if corrects else []
    if asked and heard.intent in ASIDES and not (changed or reply):
        first = [f"utter_{heard.intent}"]
    if heard.intent == "explain_question" and asked and not answered:
        return _go_on(turn, now, [f"utter_explain_{asked}"])
    if asked == CONSENT:
        return _consent(turn, heard, now, first)
    if not asked:
        resumes = has_answers(slots) and slots.get(CONSENT) and open_questions(now) and not is_decided(now) and not corrects
        opening = ["utter_check_resumed"] if resumes else []
        return _go_on(turn, now, opening + first)

    if reply and not question:
        turn.slots[asked] = [reply] if asked in LISTS else reply
    elif not (answered or changed or first or heard.intent in PLEASANTRIES) and not _try_again(turn, slots):
        return Turn({"requested_slot": None, "check_tries": None}, ["utter_check_paused"], active=False)
    return _go_on(turn, {**slots, **turn.slots}, first)


def _answered(asked: str | None, changed: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return bool(asked and asked in changed and now.get(asked))


def _corrects(changed: Mapping[str, Any], slots: Mapping[str, Any], asked: str | None) -> bool:
    """Whether an earlier answer was taken back; one more value of a list is no correction."""
    before = {slot: slots[slot] for slot in changed if slots.get(slot) and slot != asked}
    return any(slot not in LISTS or set(old) - set(changed[slot] or ()) for slot, old in before.items())


def _try_again(turn: Turn, slots: Mapping[str, Any]) -> bool:
    """Counts a message that was no answer; tells whether the question may be asked once more."""
    tries = int(slots.get("check_tries") or 0) + 1
    turn.slots["check_tries"] = str(tries)
    return tries <= MAX_TRIES


def has_answers(slots: Mapping[str, Any]) -> bool:
    """Tells whether any question of the check has an answer."""
    return any(slots.get(slot) for slot in QUESTIONS)


def _consent(turn: Turn, heard: Heard, now: Mapping[str, Any], first: list[str]) -> Turn:
    begins = turn.slots or "yes" in heard.replies
    if not begins and (heard.intent == "deny" or "no" in heard.replies):
        turn.slots["requested_slot"] = None
        turn.actions, turn.active = ["utter_check_left"], False
        return turn
    # Whoever answers a question of the check has begun it.
    if heard.intent in {"affirm", "check_candidacy"} or "yes" in heard.replies or (turn.slots and not first):
        turn.slots[CONSENT] = "yes"
    elif not (turn.slots or first or heard.intent in PLEASANTRIES) and not _try_again(turn, now):
        return Turn({"requested_slot": None, "check_tries": None}, ["utter_check_left"], active=False)
    return _go_on(turn, {**now, **turn.slots}, first)


def _go_back(turn: Turn, now: Mapping[str, Any], asked: str | None) -> Turn:
    answered = [slot for slot in QUESTIONS if now.get(slot) and slot != asked]
    before = [slot for slot in answered if asked not in QUESTIONS or QUESTIONS.index(slot) < QUESTIONS.index(asked)]
    if not before:
        return _go_on(turn, now, ["utter_check_nothing_to_change"])
    turn.slots[before[-1]] = None
    if before[-1] == "prior_treatments":
        turn.slots["treatment_response"] = None
    return _go_on(turn, {**now, **turn.slots}, [])


def _go_on(turn: Turn, now: Mapping[str, Any], first: list[str]) -> Turn:
    """Adds the next question, or the judgement when none is left that matters."""
    age = now.get("age") or ""
    left = open_questions(now)
    if age.isdigit() and int(age) < MIN_AGE:
        turn.actions, turn.active = [*first, "utter_check_too_young"], False
        asks: str | None = None
    elif is_decided(now) or not left:
        # Without a fresh judgement nothing is shown: the old one is taken away before the new one is asked for.
        turn.slots.update(candidacy_outcome=None, candidacy_reasons=None)
        # The result repeats the answers, so a correction needs no word of its own.
        turn.actions, turn.active = [*(action for action in first if action != CORRECTED), *ASSESSMENT], False
        asks = None
    elif not now.get(CONSENT):
        turn.actions, asks = [*first, OPENING], CONSENT
    else:
        turn.actions, asks = [*first, f"utter_ask_{FORM}_{left[0]}"], left[0]
    if asks != now.get("requested_slot"):
        turn.slots["requested_slot"] = asks
        turn.slots["check_tries"] = None
    return turn


def progress(slots: Mapping[str, Any]) -> dict[str, int]:
    """Returns `step` and `steps` of the open question: five questions, or six for those who tried a treatment."""
    steps = [slot for slot in QUESTIONS if slot != "treatment_response" or tried_a_treatment(slots)]
    asked = slots.get("requested_slot")
    return {"step": steps.index(asked) + 1 if asked in steps else 0, "steps": len(steps)}
