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
from components.dialogue.answers import (
    TOPIC,
    TOPIC_DETAIL,
    Responses,
    answers_to,
    detail_of,
    last_said,
    metadata_of,
    response_for,
    titled,
    topic_of,
)
from components.dialogue.check import ANSWER
from components.dialogue.conversation_memory import memory_after, subject_after, treatments_after
from components.dialogue.danger import (
    ALARM_ENDED,
    BEREAVED,
    CALM_KINDS,
    hint,
    is_beside_our_topics,
    is_called_false,
    is_retractable,
    memory_of_alarm,
    needs_care_first,
    raises_alarm,
    reminder,
)
from components.dialogue.dates import date_slot
from components.dialogue.parsed_message import LANGUAGE, ParsedMessage
from components.dialogue.referrals import is_first, referral_slots
from components.dialogue.statement_reader import Heard, hear
from components.dialogue.wording import spoken_languages
from components.intents import (
    CARE_FIRST_INTENTS,
    CHECK_CANDIDACY,
    DANGERS,
    FALLBACK,
    GO_BACK,
    INFORM,
    MAYBE_IN_CHECK,
    OUT_OF_SCOPE,
    REACTION,
    REMARKS,
    START_OVER,
)
from components.understanding.danger_questions import DANGER_QUESTION, OTHER, danger_question
from components.understanding.dialogue_acts import NOT_EXACTLY, TURN_PLAN, Utterance

PAGE_LANGUAGE = "page_language"  # message metadata: the language of the page that the chat is on
OTHER_USE = "other_use"  # the entity, and the slot, of what else than hair exosomes are wanted for
LEAD_CHECK = "action_lead_check"  # placeholder in the rules for the next step of the check
REFERRAL, SHORT_REFERRAL = "utter_referral", "utter_referral_short"
CHECK_ELSEWHERE, CHECK_UNAVAILABLE = "utter_check_elsewhere", "utter_check_unavailable"
CHECK_NEEDS_CONSENT = "utter_check_needs_consent"
CARE_FIRST, RATHER_CAREFUL = "utter_care_first", "utter_rather_careful"
ALARM_TAKEN_BACK, SAY_IT_AGAIN = "utter_alarm_taken_back", "utter_say_it_again"
OTHER_LANGUAGE = "utter_other_language"
ABOUT_DANGER, AFTER_REACTION = "utter_danger_question", "utter_after_reaction_referral"
# After these, a question such as "is that normal" is about the danger, and so is a remark.
DANGER_REPLIES = {*(f"utter_{intent}" for intent in DANGERS), ABOUT_DANGER, CARE_FIRST, RATHER_CAREFUL}
UNANSWERED = {f"utter_{FALLBACK}", f"utter_{OUT_OF_SCOPE}", NOT_EXACTLY}

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
        responses: everything that we can say.
    """

    parsed: ParsedMessage
    slots: Mapping[str, Any]
    rules: Rules
    metadata: Mapping[str, Any] | None = None
    responses: Responses = field(default_factory=dict)

    @cached_property
    def held(self) -> bool:
        """Whether we may ask health questions here. If not, we do not record volunteered answers either."""
        return check.is_allowed(self.metadata)

    @cached_property
    def heard(self) -> Heard:
        """What the message says about people, for the check."""
        return hear(self.parsed, self.slots) if self.held else Heard()

    @property
    def changed(self) -> dict[str, Any]:
        """The answers of the check that the message changes."""
        return self.heard.changed

    @property
    def updates(self) -> dict[str, Any]:
        """The slots that the message sets, whatever the plan."""
        return self.heard.slots if self.held else {REQUESTED_SLOT: None}

    @property
    def rule(self) -> list[str]:
        """The actions that the rules list for the message."""
        return list(self.rules.get(self.parsed.intent) or self.rules[FALLBACK])


Step = Callable[[Situation], Plan | None]


def plan_turn(situation: Situation) -> dict[str, Any]:
    """Returns the slots that the turn sets, including its actions in `turn_plan`."""
    slots, updates = situation.slots, {**outdated(situation.slots), **_language(situation)}
    updates.update(memory_after(situation.parsed, slots))
    situation = replace(situation, slots={**slots, **updates})
    if raises_alarm(situation.parsed, slots):
        plan = answer_to_danger(situation)
    else:
        plan = _finished(_with_fallback(_first_plan(situation), situation), situation)
    for_this_turn = {check.UNDO: None, check.CHANGES: None, **updates, **plan.slots}
    changed = {slot: value for slot, value in for_this_turn.items() if value != slots.get(slot)}
    return {**changed, TURN_PLAN: plan.actions}


def _language(situation: Situation) -> dict[str, Any]:
    """Returns the slot for the visitor's language. A message too short to tell leaves it as it is.

    Until a message tells, it is that of the page.
    """
    page = None if situation.slots.get(LANGUAGE) else (situation.metadata or {}).get(PAGE_LANGUAGE)
    language = situation.parsed.first(LANGUAGE) or page
    return {LANGUAGE: language} if language else {}


def answer_to_danger(situation: Situation) -> Plan:
    """Answers danger and leaves the check. Remembers the most serious danger of the session."""
    parsed, slots = situation.parsed, situation.slots
    updates = {**memory_of_alarm(parsed, slots), REQUESTED_SLOT: None, OUTCOME_SLOT: None, "misunderstood": None}
    updates.update({**subject_after(parsed, (), slots), **treatments_after(parsed, (), slots)})
    # Nothing comes before an emergency or crisis text, not even the reminder of an earlier one.
    first = reminder(slots) if parsed.intent == REACTION and needs_care_first(slots) else None
    return Plan([first, *situation.rule] if first else situation.rule, updates)


def alarm_called_false(situation: Situation) -> Plan | None:
    """The visitor says that nothing is wrong. Only an alarm that rests on the classifier alone ends with that."""
    parsed, slots = situation.parsed, situation.slots
    if not slots.get("danger") or not is_called_false(parsed):
        return None
    asks = bool(parsed.topics and parsed.asks)
    if is_retractable(slots):
        ended = replace(situation, slots={**slots, **ALARM_ENDED})
        is_answerable = asks and not is_beside_our_topics(parsed)
        rest = Plan([ANSWER, REFERRAL]) if is_answerable else _reply_to(slots.get("unanswered") or [], ended)
        return Plan([ALARM_TAKEN_BACK, *rest.actions], {**ALARM_ENDED, **rest.slots})
    return None if asks else Plan([RATHER_CAREFUL], {REQUESTED_SLOT: None})


def _reply_to(unanswered: list[str], situation: Situation) -> Plan:
    """Returns the plan for what the visitor had asked or was doing when we raised the alarm."""
    if unanswered == [CHECK_CANDIDACY]:
        resumed = step_of_check(replace(situation, parsed=ParsedMessage(CHECK_CANDIDACY, "")))
        return resumed or Plan([SAY_IT_AGAIN, REFERRAL])
    if unanswered:
        answers = [response_for(question, situation.slots, situation.responses) for question in unanswered]
        return Plan([*answers, REFERRAL], {TOPIC: topic_of(answers[-1]), TOPIC_DETAIL: detail_of(answers[-1])})
    return Plan([SAY_IT_AGAIN, REFERRAL])


def calm_reply(situation: Situation) -> Plan | None:
    """The message reports something that raises no alarm. If the check is running, its question stays open."""
    parsed = situation.parsed
    if parsed.intent not in DANGERS or parsed.danger_kind not in CALM_KINDS:
        return None
    reply, kind = f"utter_{parsed.intent}", {"danger_kind": parsed.danger_kind}
    if parsed.danger_kind == BEREAVED:
        return Plan([reply], {**kind, REQUESTED_SLOT: None})
    rest = _open_question(replace(situation, parsed=replace(parsed, topics=())))
    return Plan([reply, *rest.actions], {**rest.slots, **kind})


def _open_question(situation: Situation) -> Plan:
    """Returns the next step of a running check, or just the referral."""
    step = step_of_check(situation) if situation.slots.get(REQUESTED_SLOT) else None
    return step or Plan([REFERRAL], situation.updates)


def in_foreign_language(situation: Situation) -> Plan | None:
    """The message is in a language that the assistant does not speak. If the check is running, its question stays open."""
    if situation.parsed.first(LANGUAGE) in (None, *spoken_languages()) or situation.changed:
        return None
    return Plan([OTHER_LANGUAGE, REFERRAL])


def about_the_danger(situation: Situation) -> Plan | None:
    """A question about the danger that was reported, such as what the emergency room costs. It is not about exosomes."""
    parsed, slots = situation.parsed, situation.slots
    if not slots.get("danger") or parsed.intent in DANGERS:
        return None
    is_next = bool(DANGER_REPLIES & set(slots.get(TURN_PLAN) or ()))
    # "I don't have a fever" is still about the reaction. After an emergency, `care_first` replies to such remarks.
    is_remark = parsed.intent in REMARKS and not (situation.changed or parsed.named_treatments or needs_care_first(slots))
    question = danger_question(parsed.text, is_next) or (OTHER if is_next and is_remark else None)
    after = CARE_FIRST if needs_care_first(slots) else AFTER_REACTION
    return Plan([ABOUT_DANGER, after], {DANGER_QUESTION: question, REQUESTED_SLOT: None}) if question else None


def care_first(situation: Situation) -> Plan | None:
    """After an emergency, a crisis or abuse, ordinary business has to wait, and so do the check and its result."""
    waits = situation.parsed.intent in CARE_FIRST_INTENTS or _belongs_to_check(situation)
    return Plan([CARE_FIRST], {REQUESTED_SLOT: None}) if needs_care_first(situation.slots) and waits else None


def step_of_check(situation: Situation) -> Plan | None:
    """The check is running, or the message starts, feeds or corrects it."""
    if not situation.held or not _belongs_to_check(situation):
        return None
    turn = check.next_step(situation.parsed, situation.slots, situation.heard)
    actions = turn.actions if turn.active else [*turn.actions, REFERRAL]
    return Plan(actions, {**situation.updates, **turn.slots})


def check_unavailable(situation: Situation) -> Plan | None:
    """A check may be running that we cannot read right now, and the message may be part of it."""
    parsed = situation.parsed
    if not check.is_unreadable(situation.metadata) or parsed.intent not in MAYBE_IN_CHECK or parsed.topics:
        return None
    return Plan([CHECK_UNAVAILABLE, REFERRAL], situation.updates)


def check_elsewhere(situation: Situation) -> Plan | None:
    """The visitor asks for the check where we may not ask health questions, or not yet."""
    notice = CHECK_NEEDS_CONSENT if check.needs_consent(situation.metadata) else CHECK_ELSEWHERE
    return Plan([notice, REFERRAL], situation.updates) if situation.rule == [LEAD_CHECK] else None


def beside_the_last_answer(situation: Situation) -> Plan | None:
    """Nobody understood what follows an answer. It is most likely about the same, so we say what that was about."""
    parsed, slots = situation.parsed, situation.slots
    is_lost = parsed.intent == FALLBACK or parsed.intent == OUT_OF_SCOPE and not parsed.sure
    follows = Utterance(parsed.text, parsed.intent, slots=slots).follows_answer
    if not is_lost or not follows or parsed.first(OTHER_USE):
        return None
    has_name = metadata_of(titled(last_said(slots) or ""), situation.responses, "title")
    return Plan([NOT_EXACTLY, REFERRAL], situation.updates) if has_name else None


def follow_rules(situation: Situation) -> Plan:
    """Everything else: whatever the rules list."""
    return Plan(situation.rule, situation.updates)


# The first step that returns a plan decides.
STEPS: tuple[Step, ...] = (
    alarm_called_false,
    calm_reply,
    in_foreign_language,
    about_the_danger,
    care_first,
    step_of_check,
    check_unavailable,
    check_elsewhere,
    beside_the_last_answer,
    follow_rules,
)


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
    undoes = parsed.intent == GO_BACK and slots.get(check.UNDO)
    return bool(undoes or slots.get(OUTCOME_SLOT) and corrects)


def _with_fallback(plan: Plan, situation: Situation) -> Plan:
    """Returns `plan`, or the fallback if this is the second turn in a row without an answer."""
    twice = situation.slots.get("misunderstood") and _is_unanswered(plan, situation)
    return Plan(list(situation.rules[FALLBACK]), plan.slots) if twice else plan


def _finished(plan: Plan, situation: Situation) -> Plan:
    """Returns `plan` with its placeholders filled in, and with the slots that later turns need."""
    parsed, responses = situation.parsed, situation.responses
    slots = {**plan.slots, **_misunderstood(plan, situation), OTHER_USE: parsed.first(OTHER_USE)}
    answers: list[str] = []
    if ANSWER in plan.actions:
        answers, remembered = answers_to(parsed, {**situation.slots, **slots}, responses)
        slots.update(remembered)
    slots.update(subject_after(parsed, answers, situation.slots))
    slots.update(treatments_after(parsed, answers, situation.slots))
    if REFERRAL in plan.actions:
        slots.update(referral_slots(parsed, {**situation.slots, **slots}))
    now = {**situation.slots, **slots}
    referral = REFERRAL if is_first(situation.slots) else SHORT_REFERRAL
    hinted = [*plan.actions[:-1], *hint(parsed, situation.slots), *plan.actions[-1:]]
    actions = _filled_in(hinted, {ANSWER: answers, REFERRAL: [referral]}, now)
    return Plan(actions, {**slots, **date_slot(actions, now, responses)})


def _misunderstood(plan: Plan, situation: Situation) -> dict[str, Any]:
    if not _is_unanswered(plan, situation):
        return {"misunderstood": None}
    return {"misunderstood": "2" if situation.slots.get("misunderstood") else "1"}


def _is_unanswered(plan: Plan, situation: Situation) -> bool:
    """Whether we did not understand the message. Exosomes for another part of the body are out of scope, but understood."""
    return bool(UNANSWERED & set(plan.actions)) and not situation.parsed.first(OTHER_USE)


def _filled_in(actions: Sequence[str], filling: Mapping[str, Sequence[str]], slots: Mapping[str, Any]) -> list[str]:
    """Returns `actions` with the placeholders filled in, after the reminder if there is one."""
    first = None if ALARM_TAKEN_BACK in actions else reminder(slots)
    filled = [first] if first else []
    for action in actions:
        filled += filling.get(action, [action])
    return filled
