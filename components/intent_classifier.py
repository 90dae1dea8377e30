"""The intent classifier: n-grams and the sentence vector, under one logistic regression."""
from __future__ import annotations

from typing import Any, Dict, List, Text

import numpy as np
import scipy.sparse
import skops.io
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from components.sentence_encoder import SentenceEncoder

RANKING_LENGTH = 5


class Classifier:
    """Scores intents. Plain scikit-learn, so that benchmarks can use it without Rasa."""

    def __init__(self, config: Dict[Text, Any]) -> None:
        """Takes `C`, `vector_weight`, `max_iter` as in `IntentClassifier.get_default_config`."""
        self._vector_weight = config["vector_weight"]
        self.ngrams = FeatureUnion(
            [
                ("words", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")),
                ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2)),
            ]
        )
        self.regression = LogisticRegression(C=config["C"], max_iter=config["max_iter"], tol=1e-3)

    def _features(self, texts: List[str], vectors: np.ndarray, fit: bool) -> scipy.sparse.csr_matrix:
        ngrams = self.ngrams.fit_transform(texts) if fit else self.ngrams.transform(texts)
        return scipy.sparse.hstack([ngrams, scipy.sparse.csr_matrix(vectors * self._vector_weight)], format="csr")

    def fit(self, texts: List[str], vectors: np.ndarray, intents: List[str]) -> None:
        """Trains on `texts` with their sentence vectors, shape (len(texts), 384), and their intents."""
        self.regression.fit(self._features(texts, vectors, fit=True), intents)

    def probabilities(self, texts: List[str], vectors: np.ndarray) -> np.ndarray:
        """Returns the probability of each intent in `labels`, shape (len(texts), number of intents)."""
        return self.regression.predict_proba(self._features(texts, vectors, fit=False))

    @property
    def labels(self) -> np.ndarray:
        """The intents, in the order of the columns of `probabilities`."""
        return self.regression.classes_


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(RasaIntentClassifier, GraphComponent):
    """Sets `intent` and `intent_ranking`. Needs the `SentenceEncoder` before it."""

    @classmethod
    def required_components(cls) -> List[type]:
        """Returns the components that must stand earlier in the pipeline."""
        return [SentenceEncoder]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Returns the defaults, chosen by `make bench-nlu` (docs/understanding.md)."""
        return {"C": 20.0, "vector_weight": 1.5, "max_iter": 30}

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._classifier = Classifier(config)

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> IntentClassifier:
        """Makes the component for training."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        """Loads the component from a trained model."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            # Trusted: the model is our own, made by `make train` on this machine.
            file = folder / "classifier.skops"
            component._classifier = skops.io.load(file, trusted=skops.io.get_untrusted_types(file=file))
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Trains on all examples that have a text and an intent, and stores the result in the model."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self._classifier.fit(
            [_normalise(example.get(TEXT)) for example in examples],
            np.vstack([_vector(example) for example in examples]),
            [example.get(INTENT) for example in examples],
        )
        with self._model_storage.write_to(self._resource) as folder:
            skops.io.dump(self._classifier, folder / "classifier.skops")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets the intent of each message and the ranking of the likeliest few."""
        for message in messages:
            text = message.get(TEXT) or ""
            scores = self._classifier.probabilities([_normalise(text)], _vector(message))[0]
            best = np.argsort(scores)[::-1][:RANKING_LENGTH]
            ranking = [{"name": str(self._classifier.labels[i]), "confidence": float(scores[i])} for i in best]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages


def _normalise(text: str) -> str:
    return text.lower().replace("’", "'")


def _vector(message: Message) -> np.ndarray:
    _, sentence = message.get_dense_features(TEXT, [])
    return sentence.features
