"""Runs the candidacy check: what to do with a message, and which question to ask next.

Plain Python that works on a dictionary of slots. `check_answers` reads the answers in a message, `actions/questionnaire.py` has
the questions and their dependencies, and `actions/candidacy.py` has the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from actions.candidacy import OUTCOME_SLOT, REASONS_SLOT, is_decided
from actions.questionnaire import (
    AGE,
    ANSWERS,
    CONSENT,
    FORM,
    LISTS,
    QUESTIONS,
    REQUESTED_SLOT,
    dependents,
    has_answers,
    open_questions,
)
from components.dialogue.check_answers import bare_reply
from components.dialogue.parsed_message import ParsedMessage
from components.intents import (
    AFFIRM,
    CHECK_CANDIDACY,
    DENY,
    DISTRESS,
    EXPLAIN_QUESTION,
    GO_BACK,
    GOODBYE,
    INTERRUPTIONS,
    PLEASANTRIES,
    START_OVER,
    STOP,
)

ANSWER = "action_answer"  # placeholder in a plan for the answers to the visitor's questions
OPENING, CORRECTED, LEFT = "utter_check_candidacy", "utter_check_corrected", "utter_check_left"
ASSESSMENT = ("action_assess_candidacy", "utter_assessment")
ASK_PREFIX = f"utter_ask_{FORM}_"
RESTORED = "utter_check_restored"
UNDO = "undo"  # the slot that keeps, for one turn, what a "start over" or "stop" took away
TRIES = "check_tries"  # the slot that counts how often we did not understand an answer to the open question
OFF = {"check": "off"}  # message metadata: we may not ask health questions on this channel
UNKNOWN_STATE = {"check": "unknown"}  # message metadata: we cannot read or store the conversation right now
MIN_AGE = 13  # years; we do not run the check for younger visitors
MAX_TRIES = 2


@dataclass(frozen=True)
class CheckStep:
    """What the check does with a message: the slots to set, the actions to run, and whether the check continues."""

    slots: dict[str, Any] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)
    active: bool = True


@dataclass(frozen=True)
class State:
    """The state of the check when a message arrives.

    Attributes:
        slots: all slots before the message.
        changed: the answers that the message changes (see `answers_in`).
    """

    slots: Mapping[str, Any]
    changed: Mapping[str, Any]

    @property
    def asked(self) -> str | None:
        """The open question."""
        return self.slots.get(REQUESTED_SLOT)

    @cached_property
    def updates(self) -> dict[str, Any]:
        """The slots that the message sets, whatever the check does with it."""
        # Visitors with a result have given consent, and can correct the result without starting again.
        return {**self.changed, CONSENT: "yes"} if self.slots.get(OUTCOME_SLOT) else dict(self.changed)

    @property
    def answered(self) -> bool:
        """Whether the message answers the open question."""
        return bool(self.asked and self.changed.get(self.asked))

    @property
    def corrects(self) -> bool:
        """Whether the message takes back an earlier answer. Adding a value to a list is not a correction."""
        earlier = {slot: self.slots[slot] for slot in self.changed if self.slots.get(slot) and slot != self.asked}
        return any(slot not in LISTS or set(answer) - set(self.changed[slot] or ()) for slot, answer in earlier.items())


Handler = Callable[[ParsedMessage, State], CheckStep | None]


def is_allowed(metadata: Mapping[str, Any] | None) -> bool:
    """Whether we may run the check for a message with this metadata."""
    return (metadata or {}).get("check") is None


def is_unreadable(metadata: Mapping[str, Any] | None) -> bool:
    """Whether a check may be running that we cannot read right now."""
    return (metadata or {}).get("check") == UNKNOWN_STATE["check"]


def next_step(parsed: ParsedMessage, slots: Mapping[str, Any], changed: Mapping[str, Any]) -> CheckStep:
    """Returns what the check does with a message. The first handler in HANDLERS that returns a turn decides.

    Args:
        parsed: the message.
        slots: all slots before the message.
        changed: the result of `answers_in` for it.
    """
    state = State(slots, changed)
    return next(turn for handler in HANDLERS if (turn := handler(parsed, state)))


def left_the_check(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """The visitor wants to stop."""
    if parsed.intent == STOP or parsed.intent == GOODBYE and parsed.sure and not state.changed:
        undo = {UNDO: {REQUESTED_SLOT: state.asked}} if state.asked else {}
        return CheckStep({**state.changed, REQUESTED_SLOT: None, **undo}, [LEFT], active=False)
    return None


def restarted(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """The visitor wants to start over. We clear all answers."""
    if parsed.intent != START_OVER:
        return None
    cleared = [*ANSWERS, OUTCOME_SLOT, REASONS_SLOT, TRIES]
    kept = {slot: state.slots[slot] for slot in [*ANSWERS, REQUESTED_SLOT] if state.slots.get(slot)}
    return _go_on(state, {**dict.fromkeys(cleared), UNDO: kept or None}, ["utter_check_cleared"])


def undid(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """The visitor wants back what "start over" or "stop" took away in the turn before."""
    kept = state.slots.get(UNDO)
    if parsed.intent != GO_BACK or state.changed or not kept:
        return None
    answers = {slot: answer for slot, answer in kept.items() if slot != REQUESTED_SLOT}
    return _go_on(State({**state.slots, REQUESTED_SLOT: None}, {}), answers, [RESTORED])


def went_back(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """The visitor wants to change the previous answer, but does not say to what."""
    repeats = any(mention.entity in ANSWERS and not mention.role for mention in parsed.mentions)
    if parsed.intent != GO_BACK or state.changed or repeats:
        return None
    before = _last_answered(state)
    if not before:
        return _go_on(state, state.updates, ["utter_check_nothing_to_change"])
    return _go_on(state, {**state.updates, **dict.fromkeys([before, *dependents(before)])}, [])


def asked_why(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """The visitor asks why we ask the open question."""
    if parsed.intent != EXPLAIN_QUESTION or not state.asked or state.answered:
        return None
    return _go_on(state, state.updates, [f"utter_explain_{state.asked}"])


def at_consent(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """We asked the visitor whether to start. Answering a question of the check counts as a yes."""
    if state.asked != CONSENT:
        return None
    first = _said_first(parsed, state)
    if _declines(parsed) and not state.updates:
        return CheckStep({REQUESTED_SLOT: None}, [LEFT], active=False)
    if _agrees(parsed) or state.updates and not first:
        return _go_on(state, {**state.updates, CONSENT: "yes"}, first)
    if state.updates or first or parsed.intent in PLEASANTRIES:
        return _go_on(state, state.updates, first)
    return _ask_again(state, [LEFT])


def _declines(parsed: ParsedMessage) -> bool:
    return "yes" not in parsed.replies and ("no" in parsed.replies or parsed.intent == DENY)


def _agrees(parsed: ParsedMessage) -> bool:
    return "yes" in parsed.replies or parsed.intent in {AFFIRM, CHECK_CANDIDACY}


def started_or_resumed(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """No question is open. The check starts, resumes, or corrects its result."""
    if state.asked:
        return None
    now = {**state.slots, **state.updates}
    was_left = has_answers(state.slots) and state.slots.get(CONSENT) and not state.corrects
    resumes = was_left and open_questions(now) and not is_decided(now)
    opening = ["utter_check_resumed"] if resumes else []
    return _go_on(state, state.updates, opening + _said_first(parsed, state))


def answered_question(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """A question of the check is open."""
    if not state.asked:
        return None
    first, reply = _said_first(parsed, state), _reply_to_question(parsed, state)
    if reply and not _asks_something(parsed, state):
        answer = [reply] if state.asked in LISTS else reply
        return _go_on(state, {**state.updates, state.asked: answer}, first)
    if state.answered or state.changed or first or parsed.intent in PLEASANTRIES:
        return _go_on(state, state.updates, first)
    return _ask_again(state, ["utter_check_paused"])


HANDLERS: tuple[Handler, ...] = (
    left_the_check,
    restarted,
    undid,
    went_back,
    asked_why,
    at_consent,
    started_or_resumed,
    answered_question,
)


def _reply_to_question(parsed: ParsedMessage, state: State) -> str | None:
    """Returns what "no", "not sure" or the like means as an answer to the open question."""
    if not state.asked or state.answered:
        return None
    return bare_reply(parsed, state.asked)


def _asks_something(parsed: ParsedMessage, state: State) -> bool:
    """Whether the message asks us something, together with an answer or instead of one."""
    if not parsed.topics:
        return False
    distressed = parsed.intent == DISTRESS and parsed.sure
    denies = any(mention.entity == state.asked and mention.role == "denied" for mention in parsed.mentions)
    answers = _reply_to_question(parsed, state) or state.changed or denies
    return parsed.asks or distressed or not answers


def _said_first(parsed: ParsedMessage, state: State) -> list[str]:
    """Returns what we say before the next question."""
    if state.asked and parsed.intent in INTERRUPTIONS and not (state.changed or _reply_to_question(parsed, state)):
        return [f"utter_{parsed.intent}"]
    if _asks_something(parsed, state):
        return [ANSWER]
    return [CORRECTED] if state.corrects else []


def _last_answered(state: State) -> str | None:
    """Returns the last answered question before the open one, or the last answered one if none is open."""
    answered = [slot for slot in QUESTIONS if state.slots.get(slot) and slot != state.asked]
    if state.asked in QUESTIONS:
        answered = [slot for slot in answered if QUESTIONS.index(slot) < QUESTIONS.index(state.asked)]
    return answered[-1] if answered else None


def _ask_again(state: State, when_given_up: list[str]) -> CheckStep:
    """Asks the open question again in other words, or gives up after MAX_TRIES."""
    tries = int(state.slots.get(TRIES) or 0) + 1
    if tries > MAX_TRIES:
        return CheckStep({REQUESTED_SLOT: None, TRIES: None}, when_given_up, active=False)
    return _go_on(state, {**state.updates, TRIES: str(tries)}, [])


def _go_on(state: State, updates: Mapping[str, Any], first: Sequence[str]) -> CheckStep:
    """Returns the turn that says `first` and then asks the next question, or assesses if no question that matters is left."""
    now = {**state.slots, **updates}
    left = open_questions(now)
    if _is_too_young(now):
        return _end(state, updates, [*first, "utter_check_too_young"])
    if is_decided(now) or not left:
        # Clear the old result first, so that we show nothing if the new assessment fails.
        fresh = {**updates, OUTCOME_SLOT: None, REASONS_SLOT: None}
        # The result lists the answers, so we need not confirm a correction separately.
        return _end(state, fresh, [*(action for action in first if action != CORRECTED), *ASSESSMENT])
    if not now.get(CONSENT):
        return CheckStep(_asking(CONSENT, state, updates), [*first, OPENING])
    return CheckStep(_asking(left[0], state, updates), [*first, ASK_PREFIX + left[0]])


def _end(state: State, updates: Mapping[str, Any], actions: list[str]) -> CheckStep:
    return CheckStep(_asking(None, state, updates), actions, active=False)


def _asking(question: str | None, state: State, updates: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `updates` plus the new open question."""
    return dict(updates) if question == state.asked else {**updates, REQUESTED_SLOT: question, TRIES: None}


def _is_too_young(answers: Mapping[str, Any]) -> bool:
    age = answers.get(AGE) or ""
    return age.isdigit() and int(age) < MIN_AGE
