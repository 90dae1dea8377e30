"""The Rasa policy that asks `turn_plan` for the plan of a turn, and runs it one action at a time."""

from __future__ import annotations

from typing import Any

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT_NAME_KEY

from actions.questionnaire import FORM, REQUESTED_SLOT
from components.dialogue.check import ANSWER
from components.dialogue.parsed_message import ParsedMessage, Understanding, parse_message
from components.dialogue.turn_plan import Situation, plan_turn
from components.privacy.written_text import written_entities, written_text
from components.understanding.dialogue_acts import TURN_PLAN

PLANS = "plans"  # key in the policy's stored lookup


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class TurnPolicy(RulePolicy):
    """The only policy. It plans a whole turn at its start, from the rules in `data/rules/`.

    It trains like a `RulePolicy`, so Rasa checks the rules for contradictions, but it predicts by looking up the plan for the
    intent. The plan is kept in the slot `turn_plan`, so each later prediction in the turn is one step along a list, no matter
    how long the conversation is.
    """

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
        """Returns the next action of the turn. At the start of the turn, also returns the slots that the turn sets."""
        events: list[Event] = []
        if tracker.latest_action_name == ACTION_LISTEN_NAME:
            slots = self._plan_turn(tracker, domain)
            plan = slots[TURN_PLAN]
            events = [*(SlotSet(slot, value) for slot, value in slots.items()), *_loop_events(tracker, slots)]
            done = 0
        else:
            plan = tracker.get_slot(TURN_PLAN) or []
            done = _actions_since_message(tracker)
        action = plan[done] if done < len(plan) else ACTION_LISTEN_NAME
        return PolicyPrediction(
            self._prediction_result(action, tracker, domain), self.__class__.__name__, self.priority, events=events
        )

    def _plan_turn(self, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
        """Returns the slots that this turn sets, including the plan."""
        rules = self.lookup[PLANS]
        parsed = _hear(tracker, {intent for intent, actions in rules.items() if ANSWER in actions})
        slots, metadata = tracker.current_slot_values(), tracker.latest_message.metadata
        return plan_turn(Situation(parsed, slots, rules, metadata, domain.responses))


def _hear(tracker: DialogueStateTracker, answerable: set[str]) -> ParsedMessage:
    message = tracker.latest_message
    understanding: Understanding = {
        "text": written_text(message),
        "intent": {"name": str(message.intent.get(INTENT_NAME_KEY)), "confidence": message.intent.get("confidence", 0)},
        "entities": written_entities(message),
        "intent_ranking": (message.parse_data or {}).get("intent_ranking") or [],
        "topics": (message.parse_data or {}).get("topics") or [],
        "details": (message.parse_data or {}).get("details") or {},
    }
    return parse_message(understanding, tracker.current_slot_values(), answerable)


def _loop_events(tracker: DialogueStateTracker, slots: dict[str, Any]) -> list[Event]:
    """Returns the events that start or end Rasa's form, which is active while a question of the check is open."""
    is_open = bool(slots.get(REQUESTED_SLOT, tracker.get_slot(REQUESTED_SLOT)))
    if tracker.active_loop_name and not is_open:
        return [ActiveLoop(None)]
    if slots.get(REQUESTED_SLOT) and not tracker.active_loop_name:
        return [ActiveLoop(FORM)]
    return []


def _actions_since_message(tracker: DialogueStateTracker) -> int:
    done = 0
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        done += isinstance(event, (ActionExecuted, ActionExecutionRejected))
    return done
