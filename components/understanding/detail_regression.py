"""Scores the details of each topic by ridge regression on the same similarities of messages as the topics.

The details of a topic learn from its own messages and some others. With all messages and all n-grams, the weights of 220 details
took 133 MB, and a message 1.9 ms more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from components.understanding.arrays import AnyArray, Array, Indices
from components.understanding.detail_choice import SEPARATOR, DetailScores, is_detail, label
from components.understanding.ridge import Kernel, solve, spread

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
        """Returns the scores of all details for one text. Those of a topic are worked out when somebody asks for that topic.

        Args:
            gaussian: its similarity to each training message.
            ngrams: by kind, the columns of its n-grams and their values.
        """
        frequent = {kind: _below(len(weights), *ngrams[kind]) for kind, weights in self._weights.items()}
        return _ScoresByTopic(self.labels, lambda topic: self._scores_of(topic, gaussian, frequent))

    def _scores_of(self, topic: str, gaussian: Array, ngrams: Mapping[str, tuple[Indices, Array]]) -> Array:
        """Returns the scores of a topic's details."""
        place = self._places[topic]
        scores: Array = self._bias[place] + gaussian[self._examples[topic]] @ self._vector_weights[topic]
        for kind, (columns, values) in ngrams.items():
            scores += values @ self._weights[kind][columns, place].astype(np.float32)
        return scores

    @cached_property
    def _places(self) -> dict[str, slice]:
        """Where the details of each topic are among those of all topics."""
        ends = list(accumulate(map(len, self.labels.values()), initial=0))
        return {topic: slice(*place) for topic, place in zip(self.labels, pairwise(ends), strict=True)}

    @property
    def arrays(self) -> dict[str, AnyArray]:
        """What was learned, by name."""
        arrays: dict[str, AnyArray] = {"details_bias": self._bias}
        for topic in self.labels:
            arrays[f"details_examples_{topic}"] = self._examples[topic]
            arrays[f"details_vector_weights_{topic}"] = self._vector_weights[topic]
        for kind, weights in self._weights.items():
            arrays[f"details_weights_{kind}"] = weights
        return arrays

    @classmethod
    def from_arrays(cls, labels: dict[str, list[str]], arrays: Mapping[str, AnyArray]) -> DetailRegression:
        """Returns the regression for what `arrays` returned."""
        details = cls()
        details.labels, details._bias = labels, arrays["details_bias"]
        for topic in labels:
            details._examples[topic] = arrays[f"details_examples_{topic}"]
            details._vector_weights[topic] = arrays[f"details_vector_weights_{topic}"]
        prefix = "details_weights_"
        details._weights = {name.removeprefix(prefix): arrays[name] for name in arrays if name.startswith(prefix)}
        return details


class _ScoresByTopic(Mapping[str, Mapping[str, float]]):
    """The scores of the details for one text. A message needs those of few topics; all take three times as long."""

    def __init__(self, labels: Mapping[str, Sequence[str]], scores_of: Callable[[str], Array]) -> None:
        self._labels, self._scores_of = labels, scores_of
        self._known: dict[str, dict[str, float]] = {}

    def __getitem__(self, topic: str) -> Mapping[str, float]:
        if topic not in self._known:
            labels = self._labels[topic]
            self._known[topic] = dict(zip(labels, self._scores_of(topic).tolist(), strict=True))
        return self._known[topic]

    def __iter__(self) -> Iterator[str]:
        return iter(self._labels)

    def __len__(self) -> int:
        return len(self._labels)


def _below(limit: int, columns: Indices, values: Array) -> tuple[Indices, Array]:
    """Returns the columns below a limit, and their values. Columns are in ascending order."""
    end = int(np.searchsorted(columns, limit))
    return columns[:end], values[:end]


def _details_by_topic(labels: Sequence[Collection[str]]) -> dict[str, list[str]]:
    by_topic: dict[str, list[str]] = {}
    for name in sorted({name for text_labels in labels for name in text_labels if is_detail(name)}):
        topic, detail = name.split(SEPARATOR)
        by_topic.setdefault(topic, []).append(detail)
    return by_topic
