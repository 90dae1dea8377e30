"""A dense featurizer: one vector a message, from the sentence encoder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from tokenizers import Tokenizer

from components.understanding.message_parts import split
from components.understanding.trained_component import TrainedComponent

TRAINING_BATCH = 64
PARTS, PART_VECTORS = "parts", "part_vectors"  # properties of a message, for the classifier


class Encoder:
    """Runs the encoder written by `write_encoder`."""

    def __init__(self, folder: Path, max_tokens: int, threads: int = 1) -> None:
        """Loads `encoder.onnx` and `tokenizer.json` from `folder`; texts are cut after `max_tokens` tokens."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        # A server that waits between two messages must not spin meanwhile.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str], batch: int = 1) -> np.ndarray:
        """Returns the unit-length vectors of `texts`, float32, shape (len(texts), `VECTOR_WIDTH`).

        Texts of one batch are padded to the longest, so a few texts are encoded fastest one by one.
        """
        vectors = np.empty((len(texts), self._session.get_outputs()[0].shape[1]), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(by_length), batch):
            some = by_length[start : start + batch]
            encodings = self._tokenizer.encode_batch([texts[index] for index in some])
            tokens = np.array([encoding.ids for encoding in encodings], dtype=np.int32)
            mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int32)
            vectors[some] = self._session.run(None, {"tokens": tokens, "mask": mask})[0]
        return vectors


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEncoder(TrainedComponent):
    """Adds the sentence vector to each message; the encoder itself travels inside the trained model."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Returns the defaults: how many tokens are read, and whether the weights are stored as int8."""
        return {"max_tokens": 96, "quantise": True}

    def restore(self, folder: Path, threads: int = 1) -> None:
        """Reads the encoder, to run on that many threads."""
        self._encoder = Encoder(folder, self._config["max_tokens"], threads)

    def train(self, training_data: TrainingData) -> Resource:
        """Writes the encoder into the model. Nothing is learnt: the weights are used as published."""
        from components.understanding.encoder_graph import (
            write_encoder,  # only training needs onnx, which takes seconds to import
        )

        with self._model_storage.write_to(self._resource) as folder:
            write_encoder(Path(folder), self._config["quantise"])
            self.restore(Path(folder), threads=os.cpu_count() or 1)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds the vectors of all training examples."""
        examples = [example for example in training_data.training_examples if example.get(TEXT)]
        for example, vector in zip(
            examples, self._encoder.encode([one.get(TEXT) for one in examples], TRAINING_BATCH), strict=True
        ):
            self._add(example, vector)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds to each message its vector as a dense sentence feature, shape (1, `VECTOR_WIDTH`), and those of its parts."""
        for message in messages:
            text = message.get(TEXT) or ""
            parts = split(text)
            vectors = self._encoder.encode([text, *parts])
            self._add(message, vectors[0])
            message.set(PARTS, parts)
            message.set(PART_VECTORS, vectors[1:])
        return messages

    def _add(self, message: Message, vector: np.ndarray) -> None:
        message.add_features(Features(vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self.__class__.__name__))
