"""A dense featurizer: one vector per message, from an English and a multilingual encoder (see `encoders`)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.understanding.arrays import Array
from components.understanding.encoders.encoder import JointEncoder
from components.understanding.gloss import in_english
from components.understanding.languages import LanguageDetector, is_foreign
from components.understanding.message_in_full import in_context
from components.understanding.message_parts import split
from components.understanding.trained_component import TrainedComponent

# Message properties for the classifier: the parts of the text, the text in full (see `message_in_full`), and the vectors of both.
PARTS, IN_CONTEXT = "parts", "in_context"
PART_VECTORS, CONTEXT_VECTORS = "part_vectors", "context_vectors"
ENGLISH_TEXT = "english_text"  # message property
LANGUAGE = "language"  # message property: the language code of the message; also the slot with that of the conversation


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEncoder(TrainedComponent):
    """Adds the sentence vector to each message. The encoders themselves are part of the trained model."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns how many tokens of a message to read, whether to store the English weights as int8, and the English share.

        The share is the weight of the English encoder in the similarity of two messages. See docs/understanding.md.
        """
        return {"max_tokens": 96, "quantise": True, "english_share": 0.5}

    def restore(self, folder: Path) -> None:
        self._encoder = JointEncoder(folder, self._config["max_tokens"], self._config["english_share"])
        self._languages = LanguageDetector()

    def train(self, training_data: TrainingData) -> Resource:
        """Writes the encoders into the model. There is nothing to learn: we use the weights as published."""
        # Only training needs onnx, which takes a second to import.
        from components.understanding.encoders.write import write_encoders

        with self._model_storage.write_to(self._resource) as folder:
            write_encoders(Path(folder), self._config["quantise"])
            self.restore(Path(folder))
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        examples = [example for example in training_data.training_examples if example.get(TEXT)]
        vectors = self._encoder.encode_many([example.get(TEXT) for example in examples], os.cpu_count() or 1)
        for example, vector in zip(examples, vectors, strict=True):
            self._add(example, vector)
        return training_data

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """Sets each message's language, adds its vector as a dense sentence feature, shape (1, width), and those of its parts.

        If a message is too short to tell, its language is that of the conversation, or a guess if it is the first one.
        """
        for message in messages:
            text = message.get(TEXT) or ""
            spoken = tracker.get_slot(LANGUAGE)
            language = self._languages.language(text, spoken) or spoken
            if not language and not tracker.latest_message.text:
                language = self._languages.guess(text)
            message.set(LANGUAGE, language)
            parts, in_full = split(text), in_context(text, tracker.current_slot_values())
            said = [text, *parts, *in_full]
            # The encoder was trained on dialects as they are written.
            vectors = self._encoder.encode(said, [in_english(each, language) for each in said] if is_foreign(language) else ())
            self._add(message, vectors[0])
            message.set(PARTS, parts)
            message.set(IN_CONTEXT, in_full)
            message.set(PART_VECTORS, vectors[1 : 1 + len(parts)])
            message.set(CONTEXT_VECTORS, vectors[1 + len(parts) :])
        return messages

    def _add(self, message: Message, vector: Array) -> None:
        message.add_features(Features(vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self.__class__.__name__))


def sentence_vector(message: Message) -> Array:
    """Returns the vector that the `SentenceEncoder` gave to `message`, shape (1, width)."""
    _, sentence = message.get_dense_features(TEXT, [])
    return sentence.features


def english_text(message: Message) -> str:
    """Returns the text of a message in English words (see `gloss`), for the rules that read English. Works it out once."""
    if message.get(ENGLISH_TEXT) is None:
        message.set(ENGLISH_TEXT, in_english(message.get(TEXT) or "", message.get(LANGUAGE)))
    return str(message.get(ENGLISH_TEXT))
