"""The intent classifier as a component of Rasa's pipeline. The method itself is in `kernel_classifier`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.understanding.kernel_classifier import DEFAULTS, Array, KernelClassifier
from components.understanding.message_parts import gives_way, questions
from components.understanding.sentence_encoder import PART_VECTORS, PARTS, SentenceEncoder, sentence_vector
from components.understanding.trained_component import TrainedComponent

RANKING_LENGTH = 5
SCORES = "scores"  # message property: the scores by intent, for the whole message and then for each part


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(RasaIntentClassifier, TrainedComponent):
    """Sets `intent` and `intent_ranking`, and `topics` if a message asks several questions."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [SentenceEncoder]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the defaults, chosen by `make bench-nlu` (docs/understanding.md)."""
        return dict(DEFAULTS)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._classifier = KernelClassifier(**{name: config[name] for name in DEFAULTS})

    def restore(self, folder: Path) -> None:
        self._classifier = KernelClassifier.load(folder)

    def train(self, training_data: TrainingData) -> Resource:
        """Trains on all examples with a text and an intent, and stores the result in the model."""
        # Only the AnswerReader learns from answers to the check.
        examples = [example for example in training_data.intent_examples if example.get(TEXT) and not labelled_answer(example)]
        self._classifier.fit(
            [example.get(TEXT) for example in examples],
            np.vstack([sentence_vector(example) for example in examples]),
            [[example.get(INTENT)] for example in examples],
        )
        with self._model_storage.write_to(self._resource) as folder:
            self._classifier.save(Path(folder))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets each message's intent and the most likely few, and its questions if it asks several."""
        for message in messages:
            ranking, *part_rankings = self._rankings(message)
            most_likely = [part_ranking[0] for part_ranking in part_rankings]
            asked = questions(message.get(PARTS, []), [(intent["name"], intent["confidence"]) for intent in most_likely])
            if gives_way(ranking[0]["name"], ranking[0]["confidence"], asked):
                ranking.insert(0, next(intent for intent in most_likely if intent["name"] == asked[0]))
            if len(asked) > 1:
                message.set("topics", asked, add_to_output=True)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _rankings(self, message: Message) -> list[list[dict[str, Any]]]:
        """Returns the most likely intents of the whole message and of each part. Stores the scores in the message."""
        texts = [message.get(TEXT) or "", *message.get(PARTS, [])]
        vectors = np.vstack([sentence_vector(message), *message.get(PART_VECTORS, [])])
        scores = self._classifier.scores(texts, vectors)
        message.set(SCORES, [dict(zip(self._classifier.labels, row.tolist(), strict=True)) for row in scores])
        return [self._ranking(confidence) for confidence in self._classifier.confidence(scores)]

    def _ranking(self, confidence: Array) -> list[dict[str, Any]]:
        best = np.argsort(confidence)[::-1][:RANKING_LENGTH]
        return [{"name": self._classifier.labels[i], "confidence": float(confidence[i])} for i in best]


class LabelledAnswer(NamedTuple):
    """An answer to a question of the check in the training data: the question, and the labels of the answer."""

    slot: str
    labels: list[str]


def labelled_answer(example: Message) -> LabelledAnswer | None:
    """Returns the labels of an answer in data/nlu/answers.yml, or None for any other example."""
    metadata = (example.get("metadata") or {}).get("example") or {}
    return LabelledAnswer(metadata["slot"], metadata["reading"].split(" + ")) if "slot" in metadata else None
