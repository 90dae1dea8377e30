"""Scores the details of each topic by ridge regression on the same similarities of messages as the topics.

The details of a topic learn from its own messages and some others. With all messages and all n-grams, the weights of 220 details
took 133 MB, and a message 1.9 ms more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from components.understanding.detail_choice import SEPARATOR, DetailScores, is_detail, label
from components.understanding.ridge import Array, Indices, Kernel, solve, spread

OTHER_MESSAGES = 1500  # messages about other topics that the details of a topic learn from
FREQUENT = 20_000  # n-grams of each kind that count for details, the most frequent ones


class DetailRegression:
    """The scores of the details, by topic. Without details, it has none."""

    def __init__(self) -> None:
        self.labels: dict[str, list[str]] = {}  # the details of each topic
        self._examples: dict[str, Indices] = {}  # the training messages that a topic's details learn from
        self._vector_weights: dict[str, Array] = {}  # by topic: (messages, details)
        self._bias = np.zeros(0, np.float32)  # of all details, topic by topic
        self._weights: dict[str, npt.NDArray[np.float16]] = {}  # by kind: (n-grams, all details)

    def fit(self, kernel: Kernel, labels: Sequence[Collection[str]], ridge: float) -> None:
        """Trains on the details among the labels of the messages of `kernel`."""
        self.labels = _details_by_topic(labels)
        frequent = {kind: min(FREQUENT, rows.shape[1]) for kind, rows in kernel.ngrams.items()}
        biases: list[Array] = []
        weights: dict[str, list[npt.NDArray[np.float16]]] = {kind: [] for kind in frequent}
        for topic, details in self.labels.items():
            own = [index for index, text_labels in enumerate(labels) if topic in text_labels]
            chosen = np.union1d(own, spread(len(labels), OTHER_MESSAGES))
            targets = np.array([[label(topic, detail) in labels[index] for detail in details] for index in chosen])
            part = kernel.subset(chosen, frequent)
            solution = solve(part, targets.astype(np.float32), ridge)
            self._examples[topic], self._vector_weights[topic] = chosen, solution
            biases.append(solution.sum(axis=0))
            for kind, ngram_weights in part.ngram_weights(solution).items():
                weights[kind].append(ngram_weights.astype(np.float16))
        if self.labels:
            self._bias = np.concatenate(biases)
            self._weights = {kind: np.hstack(blocks) for kind, blocks in weights.items()}

    def scores(self, gaussian: Array, ngrams: Mapping[str, tuple[Indices, Array]]) -> DetailScores:
        """Returns the scores of all details for one text.

        Args:
            gaussian: its likeness to each training message.
            ngrams: by kind, the columns of its n-grams and their values.
        """
        scores = self._bias.copy()
        for kind, weights in self._weights.items():
            columns, values = ngrams[kind]
            frequent = columns < len(weights)
            scores += values[frequent] @ weights[columns[frequent]].astype(np.float32)
        found: dict[str, dict[str, float]] = {}
        start = 0
        for topic, details in self.labels.items():
            own = scores[start : start + len(details)] + gaussian[self._examples[topic]] @ self._vector_weights[topic]
            found[topic] = dict(zip(details, own.tolist(), strict=True))
            start += len(details)
        return found

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What was learned, by name."""
        arrays: dict[str, npt.NDArray[Any]] = {"details_bias": self._bias}
        for topic in self.labels:
            arrays[f"details_examples_{topic}"] = self._examples[topic]
            arrays[f"details_vector_weights_{topic}"] = self._vector_weights[topic]
        for kind, weights in self._weights.items():
            arrays[f"details_weights_{kind}"] = weights
        return arrays

    @classmethod
    def from_arrays(cls, labels: dict[str, list[str]], arrays: Mapping[str, npt.NDArray[Any]]) -> DetailRegression:
        """Returns the regression for what `arrays` returned."""
        details = cls()
        details.labels, details._bias = labels, arrays["details_bias"]
        for topic in labels:
            details._examples[topic] = arrays[f"details_examples_{topic}"]
            details._vector_weights[topic] = arrays[f"details_vector_weights_{topic}"]
        prefix = "details_weights_"
        details._weights = {name.removeprefix(prefix): arrays[name] for name in arrays if name.startswith(prefix)}
        return details


def _details_by_topic(labels: Sequence[Collection[str]]) -> dict[str, list[str]]:
    by_topic: dict[str, list[str]] = {}
    for name in sorted({name for text_labels in labels for name in text_labels if is_detail(name)}):
        topic, detail = name.split(SEPARATOR)
        by_topic.setdefault(topic, []).append(detail)
    return by_topic
