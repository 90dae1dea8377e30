"""The intent classifier as a component of Rasa's pipeline. The method itself is in `kernel_classifier`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
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

from components.understanding import detail_choice
from components.understanding.arrays import Array
from components.understanding.detail_choice import DetailScores, LikelyDetails, better_topic, of_topics
from components.understanding.encoders.encoder import multilingual_part
from components.understanding.follow_up_choice import Reading
from components.understanding.kernel_classifier import DEFAULTS, KernelClassifier
from components.understanding.languages import ENGLISH, KNOWN_BY_LIBRARY, NOT_ENCODED, LanguageDetector, is_foreign
from components.understanding.message_parts import questions, yields_to_question
from components.understanding.ridge import spread
from components.understanding.sentence_encoder import (
    CONTEXT_VECTORS,
    IN_CONTEXT,
    LANGUAGE,
    PART_VECTORS,
    PARTS,
    SentenceEncoder,
    sentence_vector,
)
from components.understanding.trained_component import TrainedComponent

RANKING_LENGTH = 5
SCORES = "scores"  # message property: the scores by intent, for the whole message and then for each part
DETAILS = "details"  # message property: the details that it asks for, by topic
READINGS = "readings_in_context"  # message property: the readings alone and in full of a message that follows an answer
LIKELY_DETAILS = "likely_details"  # message property: by topic, the detail that it asks for if that is its topic
Ranking = list[dict[str, Any]]  # the most likely intents and their confidence, best first
MULTILINGUAL = "multilingual"
# The multilingual vectors are wider than the English ones, and their cosines differ less.
MULTILINGUAL_DEFAULTS = {**DEFAULTS, "width": 384, "gamma": 3.0}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(RasaIntentClassifier, TrainedComponent):
    """Sets `intent`, `intent_ranking` and `details`, and `topics` if a message asks several questions.

    It has two classifiers: one for English, and one for all languages of the multilingual encoder. A message in any other
    language gets no intent, because the encoders do not know its words.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [SentenceEncoder]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the settings of both classifiers, chosen on held-out voices (docs/understanding.md).

        `english_examples` is how many English examples of each intent the multilingual classifier learns from, at most. `details`
        has the scores that a detail needs.
        """
        return {
            ENGLISH: DEFAULTS,
            MULTILINGUAL: MULTILINGUAL_DEFAULTS,
            "english_examples": 150,
            DETAILS: detail_choice.DEFAULTS,
        }

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._languages = LanguageDetector()
        self._classifiers = {name: KernelClassifier(**config[name]) for name in (ENGLISH, MULTILINGUAL)}

    def restore(self, folder: Path) -> None:
        self._classifiers = {name: KernelClassifier.load(folder / name) for name in self._classifiers}

    def train(self, training_data: TrainingData) -> Resource:
        """Trains on all examples with a text and an intent, and stores the result in the model."""
        # Only the AnswerReader learns from answers to the check.
        examples = [example for example in training_data.intent_examples if example.get(TEXT) and not labelled_answer(example)]
        english, others = self._by_language(examples)
        self._fit(ENGLISH, english)
        self._fit(MULTILINGUAL, [*others, *self._some_of_each_intent(english)])
        with self._model_storage.write_to(self._resource) as folder:
            for name, classifier in self._classifiers.items():
                (Path(folder) / name).mkdir()
                classifier.save(Path(folder) / name)
        return self._resource

    def _fit(self, name: str, examples: Sequence[Message]) -> None:
        vectors = np.vstack([sentence_vector(example) for example in examples])
        self._classifiers[name].fit(
            [example.get(TEXT) for example in examples],
            multilingual_part(vectors) if name == MULTILINGUAL else vectors,
            [labels(example) for example in examples],
        )

    def _by_language(self, examples: Sequence[Message]) -> tuple[list[Message], list[Message]]:
        """Returns the examples in English, and those in other languages."""
        languages = [language_of_voice(example) or self._languages.language(example.get(TEXT)) for example in examples]
        english = [example for example, language in zip(examples, languages, strict=True) if not is_foreign(language)]
        others = [example for example, language in zip(examples, languages, strict=True) if is_foreign(language)]
        return english, others

    def _some_of_each_intent(self, examples: Sequence[Message]) -> list[Message]:
        """Returns examples of each intent, evenly spread over its details and voices."""
        by_intent: dict[str, list[Message]] = defaultdict(list)
        for example in examples:
            by_intent[example.get(INTENT)].append(example)
        wanted = self._config["english_examples"]
        return [group[index] for group in by_intent.values() for index in spread(len(group), wanted)]

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets each message's most likely intents, its questions if it asks several, and their details."""
        for message in messages:
            (ranking, alone), *parts = self._readings(message)
            in_full = [parts.pop()[1] for _ in message.get(IN_CONTEXT, [])]
            message.set(READINGS, [alone, *in_full])
            message.set(SCORES, [alone.topics, *(reading.topics for _, reading in parts)])
            most_likely = [part_ranking[0] for part_ranking, _ in parts]
            asked = questions(message.get(PARTS, []), [(intent["name"], intent["confidence"]) for intent in most_likely])
            likely = LikelyDetails(alone.details, self._config[DETAILS]["first"], known=self._details_of_parts(asked, parts))
            if yields_to_question(ranking[0]["name"], ranking[0]["confidence"], asked):
                ranking.insert(0, next(intent for intent in most_likely if intent["name"] == asked[0]))
            elif len(asked) < 2:
                topics = {intent["name"]: alone.topics[intent["name"]] for intent in ranking}
                better = better_topic(topics, alone.details, self._config[DETAILS])
                # We are as sure that this is a question for us as before, and only think that it is another one.
                ranking[:0] = [{**ranking[0], "name": better}] if better else []
            if len(asked) > 1:
                message.set("topics", asked, add_to_output=True)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
            message.set(LIKELY_DETAILS, likely)
            message.set(DETAILS, of_topics(message.get("topics") or [ranking[0]["name"]], likely), add_to_output=True)
        return messages

    def _details_of_parts(self, asked: Sequence[str], parts: Sequence[tuple[Ranking, Reading]]) -> dict[str, str]:
        """Returns the details of the questions that parts of a message ask, from the first part that has one."""
        found: dict[str, str] = {}
        for ranking, reading in parts:
            topic = ranking[0]["name"]
            if topic in asked and topic not in found:
                found.update(of_topics([topic], LikelyDetails(reading.details, self._config[DETAILS]["first"])))
        return found

    def _readings(self, message: Message) -> list[tuple[Ranking, Reading]]:
        """Returns the most likely intents and all scores: of the message, of its parts, and in full."""
        texts = [message.get(TEXT) or "", *message.get(PARTS, []), *message.get(IN_CONTEXT, [])]
        vectors = np.vstack([sentence_vector(message), *message.get(PART_VECTORS, []), *message.get(CONTEXT_VECTORS, [])])
        foreign = is_foreign(message.get(LANGUAGE))
        classifier = self._classifiers[MULTILINGUAL if foreign else ENGLISH]
        details: Sequence[DetailScores]
        if message.get(LANGUAGE) in NOT_ENCODED:
            scores, details = np.zeros((len(texts), len(classifier.labels)), np.float32), [{}] * len(texts)
        else:
            scores, details = classifier.scores_with_details(texts, multilingual_part(vectors) if foreign else vectors)
        rankings = [self._ranking(classifier, confidence) for confidence in classifier.confidence(scores)]
        topics = [dict(zip(classifier.labels, row.tolist(), strict=True)) for row in scores]
        return list(zip(rankings, map(Reading, topics, details), strict=True))

    @staticmethod
    def _ranking(classifier: KernelClassifier, confidence: Array) -> Ranking:
        best = np.argsort(confidence)[::-1][:RANKING_LENGTH]
        return [{"name": classifier.labels[i], "confidence": float(confidence[i])} for i in best]


def language_of_voice(example: Message) -> str | None:
    """Returns the language of a training message by the name of its voice, such as "es_mexico": "duele?" alone does not tell."""
    voice = ((example.get("metadata") or {}).get("intent") or {}).get("voice") or ""
    return next((language for language in KNOWN_BY_LIBRARY if voice.startswith(f"{language}_")), None)


def labels(example: Message) -> list[str]:
    """Returns the labels of a training message: its topic, and its detail if it asks for one."""
    topic = example.get(INTENT)
    detail = ((example.get("metadata") or {}).get("intent") or {}).get("detail")
    return [topic, detail_choice.label(topic, detail)] if detail else [topic]


class LabelledAnswer(NamedTuple):
    """An answer to a question of the check in the training data: the question, and the labels of the answer."""

    slot: str
    labels: list[str]


def labelled_answer(example: Message) -> LabelledAnswer | None:
    """Returns the labels of an answer in data/nlu/answers.yml, or None for any other example."""
    metadata = (example.get("metadata") or {}).get("example") or {}
    return LabelledAnswer(metadata["slot"], metadata["reading"].split(" + ")) if "slot" in metadata else None
