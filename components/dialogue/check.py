"""Runs the candidacy check: what to do with a message, and which question to ask next.

Plain Python that works on a dictionary of slots. `statement_reader` reads what a message says, `statements` derives the answers,
`actions/questionnaire.py` has the questions and their dependencies, and `actions/candidacy.py` has the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from actions.candidacy import DANGER_SLOT, OUTCOME_SLOT, REASONS_SLOT, is_decided
from actions.questionnaire import (
    AGE,
    ANSWERS,
    CONSENT,
    COVERED,
    FORM,
    LISTS,
    PATIENT,
    QUESTIONS,
    READBACK,
    REQUESTED_SLOT,
    STATEMENTS,
    TRIES,
    UNCLEAR_AGE,
    dependents,
    has_answers,
    has_content,
    is_answered,
    questions_to_ask,
)
from components.dialogue.parsed_message import ParsedMessage
from components.dialogue.patient import UNCLEAR, patient_of
from components.dialogue.statement_reader import MAX_TRIES, Heard, of_patient, replies_in
from components.dialogue.statements import about, standing, statements_in, without
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
from components.understanding.about_whom import SELF

ANSWER = "action_answer"  # placeholder in a plan for the answers to the visitor's questions
OPENING, CORRECTED, LEFT = "utter_check_candidacy", "utter_check_corrected", "utter_check_left"
TOO_YOUNG, PAUSED = "utter_check_too_young", "utter_check_paused"
ASSESSMENT = ("action_assess_candidacy", "utter_assessment")
ASK_PREFIX = f"utter_ask_{FORM}_"
RESTORED = "utter_check_restored"
UNDO = "undo"  # the slot that keeps, for one turn, what a "start over" or "stop" took away
CONFIRMED = "check_confirmed"  # slot: the visitor has agreed to what we read back
CHANGES = "check_changes"  # slot: the answers that this turn corrects
CHANGE = "change"  # entity: the question whose answer a button of the read-back changes
QUESTION_FORM = "question_form"  # slot: how we word the open question, if not in the usual way
BESIDES, PART_UNREAD, AGE_UNCLEAR = "besides", "part_unread", "age_unclear"  # its values
OFF = {"check": "off"}  # message metadata: we may not ask health questions on this channel
NEEDS_CONSENT = {"check": "needs_consent"}  # message metadata: we may not store answers before the visitor agrees
UNKNOWN_STATE = {"check": "unknown"}  # message metadata: we cannot read or store the conversation right now
MEMORY = (STATEMENTS, COVERED, PATIENT, CONFIRMED)  # what the check knows besides the answers
MIN_AGE = 13  # years; we do not run the check for younger visitors
MAX_SIDE_QUESTIONS = 1  # instead of an answer to "Shall I start?"


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
        heard: what the message says.
    """

    slots: Mapping[str, Any]
    heard: Heard = field(default_factory=Heard)

    @property
    def asked(self) -> str | None:
        """The open question."""
        return self.slots.get(REQUESTED_SLOT)

    @property
    def changed(self) -> Mapping[str, Any]:
        """The answers that the message changes."""
        return self.heard.changed

    @cached_property
    def updates(self) -> dict[str, Any]:
        """The slots that the message sets, whatever the check does with it."""
        # Visitors with a result have given consent, and can correct the result without starting again.
        consent = {CONSENT: "yes"} if self.slots.get(OUTCOME_SLOT) else {}
        return {**self.heard.slots, PATIENT: self.heard.patient, **consent}

    @property
    def answered(self) -> bool:
        """Whether the message answers the open question."""
        said = {(statement["slot"], statement["holder"]) for statement in self.heard.new if statement["holds"]}
        return bool(self.asked and (self.asked, self.heard.patient) in said)

    @property
    def corrected(self) -> list[str]:
        """The earlier answers that the message takes back. Adding a value to a list is no correction.

        Nor is leaving out what was said of somebody else before the check: it never counted.
        """
        earlier = [slot for slot in self.changed if self.slots.get(slot) and slot != self.asked and self._counted(slot)]
        return [slot for slot in earlier if slot not in LISTS or set(self.slots[slot]) - set(self.changed[slot] or ())]

    def _counted(self, slot: str) -> bool:
        """Whether an earlier answer was given in a check, or before it about its patient."""
        earlier = of_patient(statements_in(self.slots), self.heard.patient)
        return bool(self.slots.get(PATIENT) or about(earlier, slot, self.heard.patient))


Handler = Callable[[ParsedMessage, State], CheckStep | None]


def is_allowed(metadata: Mapping[str, Any] | None) -> bool:
    """Whether we may run the check for a message with this metadata."""
    return (metadata or {}).get("check") is None


def needs_consent(metadata: Mapping[str, Any] | None) -> bool:
    """Whether the visitor has not agreed yet that we store the conversation."""
    return (metadata or {}).get("check") == NEEDS_CONSENT["check"]


def is_unreadable(metadata: Mapping[str, Any] | None) -> bool:
    """Whether a check may be running that we cannot read right now."""
    return (metadata or {}).get("check") == UNKNOWN_STATE["check"]


def next_step(parsed: ParsedMessage, slots: Mapping[str, Any], heard: Heard) -> CheckStep:
    """Returns what the check does with a message. The first handler in HANDLERS that returns a turn decides.

    Args:
        parsed: the message.
        slots: all slots before the message.
        heard: what it says.
    """
    state = State(slots, heard)
    return next(turn for handler in HANDLERS if (turn := handler(parsed, state)))


def left_the_check(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """The visitor wants to stop. A message that also answers something must clearly say so."""
    means_stop = parsed.intent == STOP and (parsed.sure or not state.changed)
    if means_stop or parsed.intent == GOODBYE and parsed.sure and not state.changed:
        undo = {UNDO: {REQUESTED_SLOT: state.asked}} if state.asked else {}
        return CheckStep({**state.heard.slots, REQUESTED_SLOT: None, **undo}, [LEFT], active=False)
    return None


def restarted(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """The visitor wants to start over. We clear all answers."""
    if parsed.intent != START_OVER:
        return None
    kept = {slot: state.slots[slot] for slot in [*ANSWERS, *MEMORY, REQUESTED_SLOT] if state.slots.get(slot)}
    cleared = [*ANSWERS, *MEMORY, OUTCOME_SLOT, REASONS_SLOT, TRIES]
    return _go_on(state, {**dict.fromkeys(cleared), UNDO: kept or None}, ["utter_check_cleared"])


def undid(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """The visitor wants back what "start over" or "stop" took away in the turn before."""
    kept = state.slots.get(UNDO)
    if parsed.intent != GO_BACK or state.changed or not kept:
        return None
    answers = {slot: answer for slot, answer in kept.items() if slot != REQUESTED_SLOT}
    return _go_on(State({**state.slots, REQUESTED_SLOT: None}), answers, [RESTORED])


def went_back(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """The visitor wants to change the previous answer, but does not say to what."""
    repeats = any(mention.entity in ANSWERS and not mention.role for mention in parsed.mentions)
    if parsed.intent != GO_BACK or state.changed or repeats:
        return None
    before = _last_answered(state)
    if not before:
        return _go_on(state, state.updates, ["utter_check_nothing_to_change"])
    return _asked_anew(before, state)


def _asked_anew(slot: str, state: State) -> CheckStep:
    """Forgets the answer to a question, and asks it again."""
    patient = state.heard.patient
    statements = list(state.heard.statements) or statements_in(state.slots)
    forgotten = [slot, *dependents(slot)]
    for question in forgotten:
        statements = without(statements, question, patient)
    covered = [question for question in state.slots.get(COVERED) or () if question not in forgotten]
    known = {STATEMENTS: statements or None, COVERED: covered or None, CONFIRMED: None}
    return _go_on(state, {**state.updates, **dict.fromkeys(forgotten), **known}, [])


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
    answers = state.changed or state.heard.patient != patient_of(state.slots)
    if _declines(parsed) and not answers:
        return CheckStep({REQUESTED_SLOT: None}, [LEFT], active=False)
    if _agrees(parsed) or answers and not first:
        return _go_on(state, {**state.updates, CONSENT: "yes"}, first)
    if first and not answers:
        # Visitors who ask something else each time would rather not start, and have already read what the check is.
        return _ask_again(state, first, first=first, max_tries=MAX_SIDE_QUESTIONS)
    if answers or parsed.intent in PLEASANTRIES:
        return _go_on(state, state.updates, first)
    return _ask_again(state, [LEFT])


def _declines(parsed: ParsedMessage) -> bool:
    return "yes" not in parsed.replies and ("no" in parsed.replies or parsed.intent == DENY)


def _agrees(parsed: ParsedMessage) -> bool:
    return "yes" in parsed.replies or parsed.intent in {AFFIRM, CHECK_CANDIDACY}


def said_whom(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """We asked whom the check is for."""
    if state.asked != PATIENT:
        return None
    first = _said_first(parsed, state)
    if state.heard.patient != UNCLEAR or state.changed or first or parsed.intent in PLEASANTRIES:
        return _go_on(state, state.updates, first)
    return _ask_again(state, [PAUSED])


def asked_to_change(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """The visitor has pressed the button that changes an answer we read back."""
    slot = parsed.first(CHANGE)
    return _asked_anew(str(slot), state) if slot in QUESTIONS else None


def at_readback(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """We read back what we have noted, and asked whether it is right."""
    if state.asked != READBACK:
        return None
    first = _said_first(parsed, state)
    if replies_in(parsed) == {"yes"} and not state.changed:
        return _go_on(state, {**state.updates, CONFIRMED: "yes"}, first)
    if state.changed or first or parsed.intent in PLEASANTRIES:
        return _go_on(state, state.updates, first)
    return _ask_again(state, [PAUSED])


def started_or_resumed(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """No question is open. The check starts, resumes, or corrects its result."""
    if state.asked:
        return None
    now = {**state.slots, **state.updates}
    was_left = has_answers(state.slots) and state.slots.get(CONSENT) and not state.corrected
    resumes = was_left and questions_to_ask(now) and not is_decided(now)
    opening = ["utter_check_resumed"] if resumes else []
    return _go_on(state, state.updates, opening + _said_first(parsed, state))


def answered_question(parsed: ParsedMessage, state: State) -> CheckStep | None:
    """A question of the check is open."""
    if not state.asked:
        return None
    first = _said_first(parsed, state)
    if state.heard.unread or state.heard.unclear_age and not state.answered:
        return _ask_in_other_form(state, first)
    if ANSWER in first and parsed.intent != DISTRESS and not (parsed.asks or state.heard.new):
        # We may have taken an answer for a question. If we ask again in other words, we may understand the next one.
        tries = min(int(state.slots.get(TRIES) or 0) + 1, MAX_TRIES)
        return _go_on(state, {**state.updates, TRIES: str(tries)}, first)
    if state.answered or state.changed or first or parsed.intent in PLEASANTRIES:
        return _go_on(state, state.updates, first)
    return _ask_again(state, [PAUSED])


HANDLERS: tuple[Handler, ...] = (
    left_the_check,
    restarted,
    undid,
    asked_to_change,
    went_back,
    asked_why,
    at_consent,
    said_whom,
    at_readback,
    started_or_resumed,
    answered_question,
)


def _ask_in_other_form(state: State, first: Sequence[str]) -> CheckStep:
    """Asks about what we could not read in an answer, or about a number that may be an age."""
    if state.heard.unread:
        return _ask_again(state, [PAUSED], {QUESTION_FORM: PART_UNREAD}, first)
    unclear = {QUESTION_FORM: AGE_UNCLEAR, UNCLEAR_AGE: state.heard.unclear_age}
    return _ask_again(state, [PAUSED], unclear, first)


def _asks_something(parsed: ParsedMessage, state: State) -> bool:
    """Whether the message asks us something, together with an answer or instead of one."""
    if not parsed.topics:
        return False
    distressed = parsed.intent == DISTRESS and parsed.sure
    return parsed.asks or distressed or not _replies(parsed, state)


def _replies(parsed: ParsedMessage, state: State) -> bool:
    """Whether the message answers anything that we asked."""
    if state.asked in (CONSENT, PATIENT, READBACK):
        return bool(state.heard.new or replies_in(parsed))
    return bool(state.heard.new)


def _said_first(parsed: ParsedMessage, state: State) -> list[str]:
    """Returns what we say before the next question."""
    if state.asked and parsed.intent in INTERRUPTIONS and not _replies(parsed, state):
        return [f"utter_{parsed.intent}"]
    if _asks_something(parsed, state):
        return [ANSWER]
    return [CORRECTED] if state.corrected else []


def _last_answered(state: State) -> str | None:
    """Returns the last answered question before the open one, or the last answered one if none is open."""
    answered = [slot for slot in QUESTIONS if state.slots.get(slot) and slot != state.asked]
    if state.asked in QUESTIONS:
        answered = [slot for slot in answered if QUESTIONS.index(slot) < QUESTIONS.index(state.asked)]
    return answered[-1] if answered else None


def _ask_again(
    state: State,
    when_given_up: list[str],
    form: Mapping[str, Any] | None = None,
    first: Sequence[str] = (),
    max_tries: int = MAX_TRIES,
) -> CheckStep:
    """Asks the open question again in other words, or gives up after `max_tries`."""
    tries = int(state.slots.get(TRIES) or 0) + 1
    if tries > max_tries:
        return CheckStep({**state.updates, REQUESTED_SLOT: None, TRIES: None}, when_given_up, active=False)
    step = _go_on(state, {**state.updates, TRIES: str(tries)}, first)
    return CheckStep({**step.slots, **(form or {})}, step.actions, step.active)


def _go_on(state: State, updates: Mapping[str, Any], first: Sequence[str]) -> CheckStep:
    """Returns the turn that says `first` and then asks the next question, or assesses if no question that matters is left."""
    now = {**state.slots, **updates}
    if CORRECTED in first:
        updates = {**updates, CHANGES: _changes(state)}
    if _is_too_young(now):
        return _end(state, updates, [*first, TOO_YOUNG])
    question = _next_question(now)
    if question:
        return CheckStep(_asking(question, state, updates), [*first, OPENING if question == CONSENT else ASK_PREFIX + question])
    # Clear the old result first, so that we show nothing if the new assessment fails.
    fresh = {**updates, OUTCOME_SLOT: None, REASONS_SLOT: None}
    # The result lists the answers, so we need not confirm a correction separately.
    return _end(state, fresh, [*(action for action in first if action != CORRECTED), *ASSESSMENT])


def _next_question(now: Mapping[str, Any]) -> str | None:
    """Returns what to ask next, or None if we can assess the answers."""
    left = [] if is_decided(now) else questions_to_ask(now)
    if left and not now.get(CONSENT):
        return CONSENT
    if left:
        return PATIENT if now.get(PATIENT) == UNCLEAR else left[0]
    return READBACK if _is_to_read_back(now) else None


def _is_to_read_back(now: Mapping[str, Any]) -> bool:
    """Whether anything that counts came from free text, so that we may have misread it."""
    if now.get(CONFIRMED) or now.get(DANGER_SLOT):
        return False
    said = standing(statements_in(now), patient_of(now))
    return any(statement["typed"] and statement["holds"] for statement in said)


def _changes(state: State) -> list[dict[str, Any]]:
    return [{"slot": slot, "before": state.slots[slot], "after": state.changed[slot]} for slot in state.corrected]


def _end(state: State, updates: Mapping[str, Any], actions: list[str]) -> CheckStep:
    return CheckStep(_asking(None, state, updates), actions, active=False)


def _asking(question: str | None, state: State, updates: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `updates` plus the new open question, and how we word it."""
    slots = {**updates, QUESTION_FORM: _form(question, {**state.slots, **updates}), UNCLEAR_AGE: None}
    return slots if question == state.asked else {**slots, REQUESTED_SLOT: question, TRIES: None}


def _form(question: str | None, now: Mapping[str, Any]) -> str | None:
    """Returns BESIDES if something on the list has been named already."""
    named = question in LISTS and not is_answered(str(question), now) and has_content(now.get(str(question)))
    return BESIDES if named else None


def _is_too_young(answers: Mapping[str, Any]) -> bool:
    """Whether visitors who are too young for the check write about themselves."""
    age = answers.get(AGE) or ""
    return patient_of(answers) == SELF and age.isdigit() and int(age) < MIN_AGE
