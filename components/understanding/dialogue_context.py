"""Reads a message in the context of the conversation, as the last step of the pipeline: what it does, and what it is about.

The rules are in `follow_ups`, `dialogue_acts`, `other_uses` and `named_treatments`. Danger stays as the `SafetyScreen` found it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

from components.intents import (
    BOOK,
    CHECK_CANDIDACY,
    COMPARE_TREATMENTS,
    DANGERS,
    EXOSOME_TOPICS,
    FALLBACK,
    OUT_OF_SCOPE,
    QUESTION_PREFIX,
    REMARKS,
    TREATMENT_OPTIONS,
)
from components.understanding.about_whom import CHILD, UNDER_18, WHOM
from components.understanding.detail_choice import of_topics
from components.understanding.dialogue_acts import CONDITION, Utterance, intent_in_context
from components.understanding.follow_up_choice import Choice, Reading, choice_in_context
from components.understanding.follow_ups import CONDITIONS, FollowUp, follow_up, last_answer
from components.understanding.intent_classifier import DETAILS, LIKELY_DETAILS, READINGS, SCORES
from components.understanding.named_treatments import (
    TREATMENT,
    about_exosomes,
    answer_about,
    asks_about_exosomes,
    beside_exosomes,
    choice_between,
    meant,
    named_in,
)
from components.understanding.other_uses import other_use
from components.understanding.safety_screen import settle_doubt
from components.understanding.sentence_encoder import english_text
from components.understanding.spoken_conditions import about_condition, current_condition, is_about_child, names_treatment
from components.understanding.treatment_details import Target, about_child
from runtime.shapes import Entity

MAX_BEHIND = 0.2  # of a topic's score behind the first one
MIN_GUESS = 0.35  # confidence in what follows an answer; any other message needs the threshold of config.yml
TOPICS = "topics"  # message property: the questions in a message, if there are several
OFFERED = (QUESTION_PREFIX, BOOK, CHECK_CANDIDACY)  # how the payloads of buttons start that offer a topic


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class DialogueContext(RasaIntentClassifier, GraphComponent):
    """Corrects the intent and the topics of each message by what was said before it. Comes last in the pipeline."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> DialogueContext:
        return cls()

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        slots, offers = tracker.current_slot_values(), _offers(tracker)
        for message in messages:
            self._set_details(message, _topics(message))
            alone = Utterance(english_text(message), message.get(INTENT)["name"])
            if alone.intent not in DANGERS:
                self._read(message, slots, offers)
            settle_doubt(message, is_told=alone.intent in REMARKS and not alone.asks)
        return messages

    def _read(self, message: Message, slots: Mapping[str, Any], offers: Sequence[Target]) -> None:
        text, intent = english_text(message), message.get(INTENT)
        entities = message.get(ENTITIES, [])
        likely = message.get(LIKELY_DETAILS, {})
        near = _near(message.get(SCORES)[0]) if message.get(SCORES) else ()
        chosen = _choice(message, slots)
        said = Utterance(
            text, intent["name"], intent["confidence"], entities, slots, offers, likely, _guess(message), near, chosen
        )
        use, followed = other_use(text), follow_up(said)
        if use:
            self._set(message, OUT_OF_SCOPE)
            self._add(message, {"entity": "other_use", "value": use, "start": 0, "end": 0})
        elif followed:
            self._follow(message, followed, slots)
        else:
            self._set(message, intent_in_context(said))
            self._set_treatment(message, slots)
        self._set_condition(message, slots)

    def _set(self, message: Message, intent: str, detail: str | None = None) -> None:
        """Sets another intent or detail, which is then the only topic."""
        if intent != message.get(INTENT)["name"] or detail:
            message.set(INTENT, {**message.get(INTENT), "name": intent}, add_to_output=True)
            message.set(TOPICS, [], add_to_output=True)
            self._set_details(message, [intent], {intent: detail} if detail else {})

    @staticmethod
    def _set_details(message: Message, topics: Sequence[str], known: Mapping[str, str] = {}) -> None:
        """Sets the detail that each topic is asked about: the one in `known`, or else what the classifier found."""
        message.set(DETAILS, {**of_topics(topics, message.get(LIKELY_DETAILS, {})), **known}, add_to_output=True)

    @staticmethod
    def _add(message: Message, entity: Entity) -> None:
        message.set(ENTITIES, [entity, *message.get(ENTITIES, [])], add_to_output=True)

    def _follow(self, message: Message, followed: FollowUp, slots: Mapping[str, Any]) -> None:
        """Sets what a follow-up asks."""
        self._set(message, *followed.answer)
        if followed.treatment:
            self._ask_about(message, TREATMENT, followed.treatment)
        elif followed.gives_way:
            self._set_treatment(message, slots)
        else:
            # "Why" after an answer about pregnancy is about pregnancy as well.
            conditions = [*(slots.get(CONDITIONS) or []), *([UNDER_18] if slots.get(WHOM) == CHILD else [])]
            for condition in conditions[-1:]:
                self._ask_about(message, CONDITION, condition)

    def _ask_about(self, message: Message, entity: str, value: str) -> None:
        """Adds the treatment or condition that is asked about, which selects the variant of the answer."""
        self._add(message, {"entity": entity, "value": value, "role": "asked", "start": 0, "end": 0})

    def _set_treatment(self, message: Message, slots: Mapping[str, Any]) -> None:
        """Sets the topic and adds the treatment if the message asks about another treatment than exosomes."""
        text, intent, topics = english_text(message), message.get(INTENT)["name"], _topics(message)
        named = named_in(message.get(ENTITIES, []), text)
        scores: Mapping[str, float] = (message.get(SCORES) or [{}])[0]
        choice = choice_between(text, named)
        if choice and topics == [TREATMENT_OPTIONS] and COMPARE_TREATMENTS in _near(scores):
            self._set(message, *choice)
            return
        found = meant(text, next((topic for topic in topics if topic in EXOSOME_TOPICS), intent), named, slots)
        if found:
            self._replace(message, lambda read: answer_about(found, read, slots))
            self._ask_about(message, TREATMENT, found.treatment)
        elif topics == [TREATMENT_OPTIONS] and asks_about_exosomes(text, named):
            self._set(message, max(EXOSOME_TOPICS, key=lambda topic: scores[topic]))
        else:
            self._replace(
                message, lambda read: beside_exosomes(read, text, named, slots) or about_exosomes(read, text, named, slots)
            )

    def _set_condition(self, message: Message, slots: Mapping[str, Any]) -> None:
        """Sets the topic and adds the condition if the message asks about the condition or the child that is spoken of."""
        text, entities = english_text(message), message.get(ENTITIES, [])
        condition = current_condition(entities, slots)
        # "Could I get a transplant" stays a question about the transplant, for somebody with that condition.
        asks_about_it = names_treatment(text, entities) or self._replace_by_condition(message, condition, text)
        if condition and asks_about_it:
            self._ask_about(message, CONDITION, condition)
        if is_about_child(text, entities, slots):
            self._replace(message, about_child)

    def _replace_by_condition(self, message: Message, condition: str | None, text: str) -> bool:
        return bool(condition) and self._replace(message, lambda read: about_condition(str(condition), read, text))

    def _replace(self, message: Message, answer: Callable[[Target], Target | None]) -> bool:
        """Replaces the texts that the message was read as asking for. Returns whether there were others."""
        known: Mapping[str, str] = message.get(DETAILS) or {}
        intent, topics = message.get(INTENT)["name"], _topics(message)
        read = {topic: Target(topic, known.get(topic)) for topic in [intent, *topics]}
        found = {topic: answer(target) for topic, target in read.items()}
        if not any(found.values()):
            return False
        answers = {topic: found[topic] or read[topic] for topic in read}
        details = {target.topic: target.detail for target in reversed(answers.values()) if target.detail}
        message.set(INTENT, {**message.get(INTENT), "name": answers[intent].topic}, add_to_output=True)
        message.set(TOPICS, list(dict.fromkeys(answers[topic].topic for topic in topics)), add_to_output=True)
        message.set(DETAILS, details, add_to_output=True)
        return True


def _guess(message: Message) -> str | None:
    """Returns the question that a message is read as most likely, if nobody understood it."""
    readings = message.get(INTENT_RANKING_KEY) or []
    best = next((reading for reading in readings if reading["name"] != FALLBACK), None)
    is_question = best is not None and best["name"].startswith(QUESTION_PREFIX) and best["confidence"] >= MIN_GUESS
    return best["name"] if best and is_question and message.get(INTENT)["name"] == FALLBACK else None


def _choice(message: Message, slots: Mapping[str, Any]) -> Choice | None:
    """Returns what a message that follows an answer most likely asks for, if it is short."""
    readings: list[Reading] = message.get(READINGS, [])
    if len(readings) < 2 or not readings[0].details:
        return None
    alone, in_full = readings
    return choice_in_context(alone, in_full, last_answer(slots))


def _near(scores: Mapping[str, float]) -> list[str]:
    """Returns the topics that the classifier finds nearly as likely as the first one, likeliest first."""
    best = max(scores.values())
    return sorted((topic for topic, score in scores.items() if best - score <= MAX_BEHIND), key=lambda topic: -scores[topic])


def _topics(message: Message) -> list[str]:
    return message.get(TOPICS) or [message.get(INTENT)["name"]]


def _offers(tracker: DialogueStateTracker) -> list[Target]:
    """Returns the topics that the buttons of the last turn offer."""
    offers: list[Target] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        buttons = event.data.get("buttons") or [] if isinstance(event, BotUttered) else []
        offers = [*filter(None, (_offer(button.get("payload", "")) for button in buttons)), *offers]
    return offers


def _offer(payload: str) -> Target | None:
    """Returns the topic that a button leads to, or None if it does something else."""
    intent, brace, values = payload.removeprefix("/").partition("{")
    detail = json.loads(brace + values).get("detail") if brace else None
    return Target(intent, detail) if intent.startswith(OFFERED) else None
