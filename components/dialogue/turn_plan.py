"""Plans a turn: which actions answer a message, and which slots to set. Plain Python that works on slots, for `turn_policy`.

A plan starts with the actions that `data/rules/` lists for the intent. This module fills in the rest: which answers, which
referral, which step of the check, and what must come first after danger was reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from actions.candidacy import OUTCOME_SLOT
from actions.questionnaire import REQUESTED_SLOT, has_answers, outdated
from components.dialogue import check
from components.dialogue.check import ANSWER
from components.dialogue.check_answers import answers_in
from components.dialogue.parsed_message import ParsedMessage
from components.intents import (
    ALARMING,
    CARE_FIRST_INTENTS,
    DANGERS,
    FALLBACK,
    GO_BACK,
    INFORM,
    MAYBE_IN_CHECK,
    MORE_DETAIL,
    OUT_OF_SCOPE,
    REACTION,
    START_OVER,
)

LEAD_CHECK = "action_lead_check"  # placeholder in the rules for the next step of the check
REFERRAL, SHORT_REFERRAL = "utter_referral", "utter_referral_short"
CHECK_ELSEWHERE, CHECK_UNAVAILABLE = "utter_check_elsewhere", "utter_check_unavailable"
CARE_FIRST = "utter_care_first"
OTHER_LANGUAGE = "utter_other_language"
TURN_PLAN = "turn_plan"  # the slot that holds the actions of a turn
UNANSWERED = {f"utter_{FALLBACK}", f"utter_{OUT_OF_SCOPE}"}
REMINDERS = {danger: f"utter_danger_reminder_{danger}" for danger in (DANGERS[intent] for intent in ALARMING)}
BY_SEVERITY = [None, *reversed(DANGERS.values())]  # values of the slot `danger`, most serious last

Rules = Mapping[str, Sequence[str]]  # the actions in data/rules/, by intent


@dataclass(frozen=True)
class Plan:
    """What a turn does: its actions in order, and the slots that it sets."""

    actions: list[str]
    slots: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Situation:
    """Everything that a plan is based on.

    Attributes:
        parsed: the message.
        slots: all slots before the message.
        rules: the actions for each intent.
        metadata: what the channel says about the message, such as `check.OFF`.
    """

    parsed: ParsedMessage
    slots: Mapping[str, Any]
    rules: Rules
    metadata: Mapping[str, Any] | None = None

    @cached_property
    def held(self) -> bool:
        """Whether we may ask health questions here. If not, we do not record volunteered answers either."""
        return check.is_allowed(self.metadata)

    @cached_property
    def changed(self) -> dict[str, Any]:
        """The answers of the check that the message changes."""
        return answers_in(self.parsed, self.slots) if self.held else {}

    @cached_property
    def updates(self) -> dict[str, Any]:
        """The slots that the message sets, whatever the plan."""
        return self.changed if self.held else {REQUESTED_SLOT: None}

    @property
    def rule(self) -> list[str]:
        """The actions that the rules list for the message."""
        return list(self.rules.get(self.parsed.intent) or self.rules[FALLBACK])


Step = Callable[[Situation], Plan | None]


def plan_turn(situation: Situation) -> dict[str, Any]:
    """Returns the slots that the turn sets, including its actions in `turn_plan`."""
    slots, updates = situation.slots, {**outdated(situation.slots), **_language(situation.parsed)}
    situation = replace(situation, slots={**slots, **updates})
    if situation.parsed.intent in DANGERS:
        plan = answer_to_danger(situation)
    else:
        plan = _finished(_with_fallback(_first_plan(situation), situation), situation)
    changed = {slot: value for slot, value in {**updates, **plan.slots}.items() if value != slots.get(slot)}
    return {**changed, TURN_PLAN: plan.actions}


def _language(parsed: ParsedMessage) -> dict[str, Any]:
    """Returns the slot for the visitor's language. A message too short to tell leaves it as it is."""
    language = parsed.first("language")
    return {"language": language} if language else {}


def reminder(slots: Mapping[str, Any]) -> str | None:
    """Returns the reminder that comes first once an emergency or crisis was reported, or None."""
    return REMINDERS.get(str(slots.get("danger")))


def answer_to_danger(situation: Situation) -> Plan:
    """Answers danger and leaves the check. Remembers the most serious danger of the session."""
    parsed, slots = situation.parsed, situation.slots
    updates = {
        "danger": max(slots.get("danger"), DANGERS[parsed.intent], key=BY_SEVERITY.index),
        "danger_kind": parsed.first("danger_kind"),
        REQUESTED_SLOT: None,
        OUTCOME_SLOT: None,
        "misunderstood": None,
    }
    # Nothing comes before an emergency or crisis text, not even the reminder of an earlier one.
    earlier = slots.get("danger") if parsed.intent == REACTION else None
    return Plan(_filled_in(situation.rule, parsed, {**slots, "danger": earlier}), updates)


def in_foreign_language(situation: Situation) -> Plan | None:
    """The message is in a language that the assistant does not speak. If the check is running, its question stays open."""
    if situation.parsed.first("language") in (None, ENGLISH) or situation.changed:
        return None
    return Plan([OTHER_LANGUAGE, REFERRAL])


def care_first(situation: Situation) -> Plan | None:
    """After an emergency or a crisis, ordinary business has to wait."""
    if not reminder(situation.slots) or situation.parsed.intent not in CARE_FIRST_INTENTS:
        return None
    return Plan([CARE_FIRST], {REQUESTED_SLOT: None})


def step_of_check(situation: Situation) -> Plan | None:
    """The check is running, or the message starts, feeds or corrects it."""
    if not situation.held or not _belongs_to_check(situation):
        return None
    turn = check.next_step(situation.parsed, situation.slots, situation.changed)
    actions = turn.actions if turn.active else [*turn.actions, REFERRAL]
    return Plan(actions, {**situation.updates, **turn.slots})


def check_unavailable(situation: Situation) -> Plan | None:
    """A check may be running that we cannot read right now, and the message may be part of it."""
    parsed = situation.parsed
    if not check.is_unreadable(situation.metadata) or parsed.intent not in MAYBE_IN_CHECK or parsed.topics:
        return None
    return Plan([CHECK_UNAVAILABLE, REFERRAL], situation.updates)


def check_elsewhere(situation: Situation) -> Plan | None:
    """The visitor asks for the check where we may not ask health questions."""
    return Plan([CHECK_ELSEWHERE, REFERRAL], situation.updates) if situation.rule == [LEAD_CHECK] else None


def follow_rules(situation: Situation) -> Plan:
    """Everything else: whatever the rules list."""
    return Plan(situation.rule, situation.updates)


# The first step that returns a plan decides.
STEPS: tuple[Step, ...] = (in_foreign_language, care_first, step_of_check, check_unavailable, check_elsewhere, follow_rules)


def _first_plan(situation: Situation) -> Plan:
    return next(plan for step in STEPS if (plan := step(situation)))


def _belongs_to_check(situation: Situation) -> bool:
    parsed, slots, changed = situation.parsed, situation.slots, situation.changed
    if slots.get(REQUESTED_SLOT) or situation.rule == [LEAD_CHECK]:
        return True
    if parsed.intent == INFORM and changed or parsed.intent == START_OVER and has_answers(slots):
        return True
    # A correction after the result leads to a new result.
    corrects = parsed.intent == GO_BACK or changed and not (parsed.topics and parsed.asks)
    return bool(slots.get(OUTCOME_SLOT) and corrects)


def _with_fallback(plan: Plan, situation: Situation) -> Plan:
    """Returns `plan`, or the fallback if this is the second turn in a row without an answer."""
    twice = situation.slots.get("misunderstood") and UNANSWERED & set(plan.actions)
    return Plan(list(situation.rules[FALLBACK]), plan.slots) if twice else plan


def _finished(plan: Plan, situation: Situation) -> Plan:
    """Returns `plan` with its placeholders filled in, and with the slots that later turns need."""
    slots = {**plan.slots, **_misunderstood(plan, situation)}
    if ANSWER in plan.actions:
        slots.update(_topic(situation.parsed))
    actions = _filled_in(plan.actions, situation.parsed, {**situation.slots, **slots})
    if REFERRAL in actions:
        slots["referral_given"] = "yes"
    return Plan(actions, slots)


def _misunderstood(plan: Plan, situation: Situation) -> dict[str, Any]:
    if not UNANSWERED & set(plan.actions):
        return {"misunderstood": None}
    return {"misunderstood": "2" if situation.slots.get("misunderstood") else "1"}


def _topic(parsed: ParsedMessage) -> dict[str, Any]:
    """Returns the topic of this turn, and the condition and treatment that its question is about."""
    topics = [topic for topic in parsed.topics if topic != MORE_DETAIL]
    if not topics:
        return {}  # "tell me more" keeps the topic
    return {
        "topic": topics[-1],
        "topic_condition": next(iter(parsed.conditions), None),
        "topic_treatment": next(iter(parsed.treatments), None),
    }


def _filled_in(actions: Sequence[str], parsed: ParsedMessage, slots: Mapping[str, Any]) -> list[str]:
    """Returns `actions` with the placeholders filled in, after the reminder if there is one."""
    first = reminder(slots)
    filled = [first] if first else []
    for action in actions:
        if action == ANSWER:
            filled += _answers(parsed, slots)
        elif action == REFERRAL and slots.get("referral_given"):
            filled.append(SHORT_REFERRAL)
        else:
            filled.append(action)
    return filled


def _answers(parsed: ParsedMessage, slots: Mapping[str, Any]) -> list[str]:
    """Returns the response to each question. "Tell me more" continues the previous topic."""
    topic = slots.get("topic")
    more = f"utter_{topic}_more" if topic else f"utter_{MORE_DETAIL}"
    return [more if asked == MORE_DETAIL else f"utter_{asked}" for asked in parsed.topics]
