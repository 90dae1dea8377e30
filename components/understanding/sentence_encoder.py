"""A dense featurizer: one vector per message. `encoder_graph` writes the sentence encoder, `encoder` runs it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.understanding.encoder import Array, Encoder
from components.understanding.message_parts import split
from components.understanding.trained_component import TrainedComponent

TRAINING_BATCH = 64
PARTS, PART_VECTORS = "parts", "part_vectors"  # message properties for the classifier


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEncoder(TrainedComponent):
    """Adds the sentence vector to each message. The encoder itself is part of the trained model."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns how many tokens of a message to read, and whether to store the weights as int8."""
        return {"max_tokens": 96, "quantise": True}

    def restore(self, folder: Path, threads: int = 1) -> None:
        self._encoder = Encoder(folder, self._config["max_tokens"], threads)

    def train(self, training_data: TrainingData) -> Resource:
        """Writes the encoder into the model. There is nothing to learn: we use the weights as published."""
        # Only training needs onnx, which takes a second to import.
        from components.understanding.encoder_graph import write_encoder

        with self._model_storage.write_to(self._resource) as folder:
            write_encoder(Path(folder), self._config["quantise"])
            self.restore(Path(folder), threads=os.cpu_count() or 1)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        examples = [example for example in training_data.training_examples if example.get(TEXT)]
        vectors = self._encoder.encode([example.get(TEXT) for example in examples], TRAINING_BATCH)
        for example, vector in zip(examples, vectors, strict=True):
            self._add(example, vector)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds each message's vector as a dense sentence feature, shape (1, `VECTOR_WIDTH`), and the vectors of its parts."""
        for message in messages:
            text = message.get(TEXT) or ""
            parts = split(text)
            vectors = self._encoder.encode([text, *parts])
            self._add(message, vectors[0])
            message.set(PARTS, parts)
            message.set(PART_VECTORS, vectors[1:])
        return messages

    def _add(self, message: Message, vector: Array) -> None:
        message.add_features(Features(vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self.__class__.__name__))


def sentence_vector(message: Message) -> Array:
    """Returns the vector that the `SentenceEncoder` gave to `message`, shape (1, `VECTOR_WIDTH`)."""
    _, sentence = message.get_dense_features(TEXT, [])
    return sentence.features
