"""Reads a message in the context of the conversation, as the last step of the pipeline: what it does, and what it is about.

The rules are in `dialogue_acts`, `other_uses` and `named_treatments`. Danger stays as the `SafetyScreen` found it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from components.intents import DANGERS, EXOSOME_TOPICS, OUT_OF_SCOPE, TREATMENT_OPTIONS
from components.understanding.detail_choice import of_topics
from components.understanding.dialogue_acts import Utterance, intent_in_context
from components.understanding.intent_classifier import DETAILS, LIKELY_DETAILS, SCORES
from components.understanding.named_treatments import GIVES_WAY, TREATMENT, asks_about_exosomes, meant, named_in
from components.understanding.other_uses import other_use
from runtime.shapes import Entity

TOPICS = "topics"  # message property: the questions in a message, if there are several


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class DialogueContext(RasaIntentClassifier, GraphComponent):
    """Corrects the intent and the topics of each message by what was said before it. Comes last in the pipeline."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> DialogueContext:
        return cls()

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        slots = tracker.current_slot_values()
        for message in messages:
            if message.get(INTENT)["name"] not in DANGERS:
                self._read(message, slots)
            # Another topic has other details, and danger or what nobody understood has none.
            topics = message.get(TOPICS) or [message.get(INTENT)["name"]]
            message.set(DETAILS, of_topics(topics, message.get(LIKELY_DETAILS, {})), add_to_output=True)
        return messages

    def _read(self, message: Message, slots: Mapping[str, Any]) -> None:
        text, intent = message.get(TEXT) or "", message.get(INTENT)
        entities = message.get(ENTITIES, [])
        said = Utterance(text, intent["name"], intent["confidence"], entities, slots)
        self._set(message, intent_in_context(said))
        use = other_use(text)
        if use:
            self._set(message, OUT_OF_SCOPE)
            self._add(message, {"entity": "other_use", "value": use, "start": 0, "end": 0})
        else:
            self._set_treatment(message, slots)

    @staticmethod
    def _set(message: Message, intent: str) -> None:
        """Sets another intent, which is then the only topic."""
        if intent != message.get(INTENT)["name"]:
            message.set(INTENT, {**message.get(INTENT), "name": intent}, add_to_output=True)
            message.set(TOPICS, [], add_to_output=True)

    @staticmethod
    def _add(message: Message, entity: Entity) -> None:
        message.set(ENTITIES, [entity, *message.get(ENTITIES, [])], add_to_output=True)

    def _set_treatment(self, message: Message, slots: Mapping[str, Any]) -> None:
        """Sets the topic and adds the treatment if the message asks about another treatment than exosomes."""
        text, entities, intent = message.get(TEXT) or "", message.get(ENTITIES, []), message.get(INTENT)["name"]
        topics: Sequence[str] = message.get(TOPICS) or [intent]
        asked = next((topic for topic in topics if topic in EXOSOME_TOPICS), intent)
        found = meant(text, asked, named_in(entities), slots)
        if found:
            changed = [found.intent if topic in GIVES_WAY else topic for topic in [intent, *topics]]
            message.set(INTENT, {**message.get(INTENT), "name": changed[0]}, add_to_output=True)
            message.set(TOPICS, list(dict.fromkeys(changed[1:])), add_to_output=True)
            # The first treatment that is asked about selects the variant of the answer.
            self._add(message, {"entity": TREATMENT, "value": found.treatment, "role": "asked", "start": 0, "end": 0})
        elif topics == [TREATMENT_OPTIONS] and asks_about_exosomes(text, named_in(entities)):
            scores: Mapping[str, float] = message.get(SCORES)[0]
            self._set(message, max(EXOSOME_TOPICS, key=lambda topic: scores[topic]))
