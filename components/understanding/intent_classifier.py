"""The intent classifier as a part of Rasa's pipeline; the method itself stands in `classifier`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.intents import GIVES_WAY_TO_A_QUESTION, STANDS_BEFORE_A_QUESTION
from components.understanding.kernel_classifier import DEFAULTS, KernelClassifier
from components.understanding.message_parts import SURE, questions
from components.understanding.sentence_encoder import PART_VECTORS, PARTS, SentenceEncoder
from components.understanding.trained_component import TrainedComponent

RANKING_LENGTH = 5
SCORES = "scores"  # property of a message: the regression's scores by intent, of the whole and then of each part


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(RasaIntentClassifier, TrainedComponent):
    """Sets `intent` and `intent_ranking`. Needs the `SentenceEncoder` before it."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Returns the components that must stand earlier in the pipeline."""
        return [SentenceEncoder]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the defaults, chosen by `make bench-nlu` (docs/understanding.md)."""
        return dict(DEFAULTS)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._classifier = KernelClassifier(**{name: config[name] for name in DEFAULTS})

    def restore(self, folder: Path) -> None:
        """Reads the classifier."""
        self._classifier = KernelClassifier.load(folder)

    def train(self, training_data: TrainingData) -> Resource:
        """Trains on all examples that have a text and an intent, and stores the result in the model."""
        # Only the AnswerReader learns from the answers of the check.
        examples = [one for one in training_data.intent_examples if one.get(TEXT) and not answer_reading(one)]
        self._classifier.fit(
            [example.get(TEXT) for example in examples],
            np.vstack([sentence_vector(example) for example in examples]),
            [[example.get(INTENT)] for example in examples],
        )
        with self._model_storage.write_to(self._resource) as folder:
            self._classifier.save(Path(folder))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets the intent of each message, the likeliest few, and its questions where it asks several."""
        for message in messages:
            parts = message.get(PARTS, [])
            vectors = np.vstack([sentence_vector(message), *message.get(PART_VECTORS, [])])
            scores = self._classifier.scores([message.get(TEXT) or "", *parts], vectors)
            message.set(SCORES, [dict(zip(self._classifier.labels, row.tolist(), strict=True)) for row in scores])
            ranking, *part_rankings = map(self._ranking, self._classifier.confidence(scores))
            likeliest = [one[0] for one in part_rankings]
            asked = questions(parts, [(one["name"], one["confidence"]) for one in likeliest])
            whole = ranking[0]
            beside_the_point = whole["name"] in GIVES_WAY_TO_A_QUESTION or whole["confidence"] < SURE
            if (
                asked
                and whole["name"] not in asked
                and (len(asked) > 1 or beside_the_point)
                and whole["name"] not in STANDS_BEFORE_A_QUESTION
            ):
                # "Hello, I'm new here. How much is it?" is a question about the price.
                ranking.insert(0, next(one for one in likeliest if one["name"] == asked[0]))
            if len(asked) > 1:
                message.set("topics", asked, add_to_output=True)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _ranking(self, confidence: np.ndarray) -> list[dict[str, Any]]:
        best = np.argsort(confidence)[::-1][:RANKING_LENGTH]
        return [{"name": self._classifier.labels[i], "confidence": float(confidence[i])} for i in best]


def sentence_vector(message: Message) -> np.ndarray:
    """Returns the vector that the `SentenceEncoder` gave to `message`, shape (1, width)."""
    _, sentence = message.get_dense_features(TEXT, [])
    return sentence.features


def answer_reading(example: Message) -> tuple[str, list[str]] | None:
    """Returns the slot and the values read from an answer in data/nlu/answers.yml, or None for any other example."""
    about = (example.get("metadata") or {}).get("example") or {}
    return (about["slot"], about["reading"].split(" + ")) if "slot" in about else None
