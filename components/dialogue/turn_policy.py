"""The one policy: it decides a whole turn at its start, from the rules in `data/rules/`.

It is trained as a `RulePolicy`, so the rules are checked for contradictions, but predicts by looking up the plan of the
intent. What a plan of the rules leaves open is filled in here: which answers, which referral, which step of the check, and
what must come first after danger was reported. The plan is kept in the slot `turn_plan`, so every later prediction of the
turn is one step along a list, however long the conversation is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT_NAME_KEY

from actions.questionnaire import FORM
from components.dialogue import check
from components.dialogue.check import Heard
from components.intents import CARE_FIRST_INTENTS, DANGERS, FALLBACK, MAYBE_IN_CHECK, OUT_OF_SCOPE, REACTION
from components.understanding.mentions import Mention

PLANS = "plans"  # key in the policy's stored lookup
ANSWER, LEAD_CHECK, REFERRAL = "action_answer", "action_lead_check", "utter_referral"
DANGER_BY_SEVERITY = [None, *reversed(DANGERS.values())]
REMINDERS = {"emergency": "utter_danger_reminder_emergency", "crisis": "utter_danger_reminder_crisis"}
UNANSWERED = {f"utter_{FALLBACK}", f"utter_{OUT_OF_SCOPE}"}
CARE_FIRST = "utter_care_first"
# "and for women?", "what about PRP then": the topic stays, what it is about changes.
FOLLOW_UP = re.compile(r"^\W*(and|what about|how about|ok and|but|and what about|also)\b", re.I)
START_OVER = re.compile(
    r"^\W*(please |ok |can (we|i) |let'?s |i want to )*(start|begin) (it |the check )?(over|again|from (the )?(scratch|start))\b",
    re.I,
)
MAX_FOLLOW_UP_WORDS = 6  # words
SURE = 0.9  # confidence
CONDITIONS = {"active_cancer": "cancer", "past_cancer": "cancer"}
CONDITION_ENTITIES = ("group", "health_flags", "hair_loss_type")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class TurnPolicy(RulePolicy):
    """See the module's text."""

    def _create_lookup_from_trackers(self, rule_trackers: Any, *args: Any) -> None:
        super()._create_lookup_from_trackers(rule_trackers, *args)
        self.lookup[PLANS] = {}
        for tracker in rule_trackers:
            intent = next(event.intent_name for event in tracker.events if isinstance(event, UserUttered))
            names = [event.action_name for event in tracker.events if isinstance(event, ActionExecuted)]
            ours = [name for name in names if name and name.startswith(("utter_", "action_"))]
            self.lookup[PLANS][intent] = [name for name in ours if name != ACTION_LISTEN_NAME]

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Returns the next action of the turn; at the turn's start also the slots that the turn sets."""
        events: list[Event] = []
        if tracker.latest_action_name == ACTION_LISTEN_NAME:
            slots = self._plan_turn(tracker)
            plan = slots["turn_plan"]
            events = [SlotSet(slot, value) for slot, value in slots.items()]
            if tracker.active_loop_name and not slots.get(REQUESTED_SLOT, tracker.get_slot(REQUESTED_SLOT)):
                events.append(ActiveLoop(None))
            elif slots.get(REQUESTED_SLOT) and not tracker.active_loop_name:
                events.append(ActiveLoop(FORM))
            done = 0
        else:
            plan = tracker.get_slot("turn_plan") or []
            done = _actions_since_message(tracker)
        action = plan[done] if done < len(plan) else ACTION_LISTEN_NAME
        return PolicyPrediction(
            self._prediction_result(action, tracker, domain), self.__class__.__name__, self.priority, events=events
        )

    def _plan_turn(self, tracker: DialogueStateTracker) -> dict[str, Any]:
        """Returns the slots that this turn sets, the plan among them."""
        slots = tracker.current_slot_values()
        heard = _hear(tracker, self.lookup[PLANS])
        if heard.intent in DANGERS:
            return self._danger(heard, tracker, slots)

        # Where no health questions may be asked, none is asked and nothing the visitor volunteers becomes an answer.
        held = check.is_held(tracker.latest_message.metadata)
        changed = check.answers_in(heard, slots) if held else {}
        slot_updates: dict[str, Any] = dict(changed) if held else {REQUESTED_SLOT: None}
        plan = list(self.lookup[PLANS].get(heard.intent) or self.lookup[PLANS][FALLBACK])
        running = bool(slots.get(REQUESTED_SLOT))
        telling = heard.intent == "inform" and changed or heard.intent == "start_over" and check.has_answers(slots)
        # A correction after the result brings a new result.
        judged = bool(slots.get("candidacy_outcome"))
        corrects = judged and (heard.intent == "go_back" or changed and not (heard.topics and heard.asks))
        if held and (running or telling or corrects or plan == [LEAD_CHECK]):
            turn = check.next_step(heard, slots, changed)
            slot_updates.update(turn.slots)
            plan = turn.actions if turn.active else [*turn.actions, REFERRAL]
        elif check.is_unknown(tracker.latest_message.metadata) and heard.intent in MAYBE_IN_CHECK and not heard.topics:
            plan = [check.UNAVAILABLE, REFERRAL]
        elif plan == [LEAD_CHECK]:
            plan = [check.ELSEWHERE, REFERRAL]
        if slots.get("danger") in REMINDERS and heard.intent in CARE_FIRST_INTENTS:
            plan, slot_updates = [CARE_FIRST], {REQUESTED_SLOT: None}
        language = _entity(tracker, "language")
        if language and not changed:
            # In a running check the question stays open.
            plan = [f"utter_language_{language}", REFERRAL]
            slot_updates = {}
        if slots.get("misunderstood") and UNANSWERED & set(plan):
            plan = list(self.lookup[PLANS][FALLBACK])  # twice without an answer, for whichever reason: the way out
        slot_updates.update(self._misunderstood(slots, plan))
        if ANSWER in plan:
            slot_updates.update(_topic(heard))
        slot_updates["turn_plan"] = self._fill_in(plan, heard, {**slots, **slot_updates})
        if "utter_referral" in slot_updates["turn_plan"]:
            slot_updates["referral_given"] = "yes"
        return {slot: value for slot, value in slot_updates.items() if slot == "turn_plan" or value != slots.get(slot)}

    def _danger(self, heard: Heard, tracker: DialogueStateTracker, slots: Mapping[str, Any]) -> dict[str, Any]:
        kind = _entity(tracker, "danger_kind")
        gravest_danger = max([slots.get("danger"), DANGERS[heard.intent]], key=DANGER_BY_SEVERITY.index)
        slot_updates = {
            "danger": gravest_danger,
            "danger_kind": kind,
            REQUESTED_SLOT: None,
            "candidacy_outcome": None,
            "misunderstood": None,
        }
        # Nothing stands before an emergency or crisis text, not even the reminder of an earlier one.
        earlier = slots.get("danger") if heard.intent == REACTION else None
        plan = self._fill_in(self.lookup[PLANS][heard.intent], heard, {**slots, "danger": earlier})
        return {"turn_plan": plan, **{slot: value for slot, value in slot_updates.items() if value != slots.get(slot)}}

    @staticmethod
    def _misunderstood(slots: Mapping[str, Any], plan: Sequence[str]) -> dict[str, Any]:
        if not UNANSWERED & set(plan):
            return {"misunderstood": None}
        return {"misunderstood": "2" if slots.get("misunderstood") else "1"}

    def _fill_in(self, plan: Sequence[str], heard: Heard, slots: Mapping[str, Any]) -> list[str]:
        """Returns `plan` with what the rules leave open."""
        filled: list[str] = []
        for action in plan:
            if action == ANSWER:
                filled += _answers(heard, slots)
            elif action == REFERRAL and slots.get("referral_given"):
                filled.append("utter_referral_short")
            else:
                filled.append(action)
        reminder = REMINDERS.get(str(slots.get("danger")))
        return [reminder, *filled] if reminder else filled


def _entity(tracker: DialogueStateTracker, name: str) -> str | None:
    return next((entity["value"] for entity in tracker.latest_message.entities if entity["entity"] == name), None)


def _actions_since_message(tracker: DialogueStateTracker) -> int:
    done = 0
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        done += isinstance(event, (ActionExecuted, ActionExecutionRejected))
    return done


def _hear(tracker: DialogueStateTracker, plans: Mapping[str, Sequence[str]]) -> Heard:
    message = tracker.latest_message
    intent = str(message.intent.get(INTENT_NAME_KEY))
    mentions = []
    for entity in message.entities:
        # The payload of a button carries its values without a place in the text, and may carry several.
        values = entity["value"] if isinstance(entity["value"], list) else [entity["value"]]
        mentions += [
            Mention(entity["entity"], str(value), entity.get("start", 0), entity.get("end", 0), entity.get("role"))
            for value in values
        ]
    text = message.text or ""
    if START_OVER.search(text) and check.has_answers(tracker.current_slot_values()):
        intent = "start_over"
    # The text of a pressed button is its payload, which asks nothing by itself.
    asked = (message.parse_data or {}).get("topics") if not text.startswith("/") else None
    topics = [topic for topic in asked or [intent] if ANSWER in plans.get(topic, ())]
    if topics == ["ask_side_effects"] and any(mention.value == "under_18" for mention in mentions):
        topics = ["ask_who_should_avoid"]  # "is it safe for my child?"
    if not topics and intent in {FALLBACK, OUT_OF_SCOPE, "inform"} and _is_follow_up(text, mentions):
        treatment = any(mention.entity == "prior_treatments" for mention in mentions)
        topic = tracker.get_slot("topic") or ("ask_treatment_options" if treatment else "ask_who_it_helps")
        return Heard(topic, text, mentions, [topic])
    return Heard(intent, text, mentions, topics, sure=message.intent.get("confidence", 0) >= SURE)


def _is_follow_up(text: str, mentions: Sequence[Mention]) -> bool:
    about = any(mention.entity in (*CONDITION_ENTITIES, "prior_treatments") for mention in mentions)
    return about and bool(FOLLOW_UP.match(text)) and len(text.split()) <= MAX_FOLLOW_UP_WORDS


def _topic(heard: Heard) -> dict[str, Any]:
    """Returns the topic of this turn, and which condition and treatment its question is about."""
    topics = [topic for topic in heard.topics if topic != "ask_more_detail"]
    if not topics:
        return {}  # "tell me more" is about the same as before
    conditions = [
        CONDITIONS.get(mention.value, mention.value)
        for entity in CONDITION_ENTITIES
        for mention in heard.mentions
        if mention.entity == entity and mention.role != "denied" and mention.value not in {"none", "not_sure", "declined"}
    ]
    treatments = [
        mention.value for mention in heard.mentions if mention.entity == "prior_treatments" and mention.role != "denied"
    ]
    return {
        "topic": topics[-1],
        "topic_condition": conditions[0] if conditions else None,
        "topic_treatment": treatments[0] if treatments else None,
    }


def _answers(heard: Heard, slots: Mapping[str, Any]) -> list[str]:
    answers = []
    for topic in heard.topics:
        if topic != "ask_more_detail":
            answers.append(f"utter_{topic}")
        elif slots.get("topic"):
            answers.append(f"utter_{slots['topic']}_more")
        else:
            answers.append("utter_ask_more_detail")
    return answers
