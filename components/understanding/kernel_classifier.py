"""Scores labels (intents, or the values of an answer) by kernel ridge regression on the sentence vector and n-grams.

The vector captures what a message means, the n-grams its words, misspelt or not. Training solves one linear system; scoring is a
few matrix products, those of the vectors in `similarity`. A label may have details (`topic/detail`), which get scores of their
own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import scipy.sparse

from components.intents import OUT_OF_SCOPE
from components.understanding import normalise
from components.understanding.arrays import Array
from components.understanding.detail_choice import DetailScores, is_detail
from components.understanding.detail_regression import DetailRegression
from components.understanding.ngrams import Grams, NGrams, character_ngrams, word_ngrams
from components.understanding.ridge import Kernel, gaussian_kernel, solve
from components.understanding.similarity import SimilarityGraph

SIMILARITY_GRAPH = "similarity.onnx"  # the file

DEFAULTS: dict[str, float] = {
    "gamma": 4.0,  # width of the Gaussian kernel between sentence vectors: exp(gamma * (cosine - 1))
    "characters": 0.2,  # weight of the character n-grams' kernel against the vectors' 1.0
    "words": 0.2,  # weight of the word n-grams' kernel
    "marks": 0.0,  # weight of the kernel of the marks that come with the texts, if there are any
    "ridge": 0.1,  # how strongly we regularise the weights
    "width": 256,  # the vectors are projected onto this many principal directions
    "slope": 7.4,  # confidence = sigmoid(slope * score + offset), fitted on held-out voices
    "offset": -0.48,
}
MIN_TEXTS = {"characters": 2, "words": 1, "marks": 1}  # the number of training texts that must contain an n-gram
_ANALYSERS = {"characters": character_ngrams, "words": word_ngrams}
MARKS = "marks"  # the kind of what comes with a text, such as what rules found in it; each counts like an n-gram
Marks = Sequence[str]


def _grams(kind: str, text: str, marks: Marks) -> Grams:
    return marks if kind == MARKS else _ANALYSERS[kind](text)


def _matrix(ngrams: NGrams, texts: Sequence[Grams]) -> scipy.sparse.csr_matrix:
    columns, values = zip(*map(ngrams.row, texts), strict=True)
    starts = np.cumsum([0] + [len(column) for column in columns])
    return scipy.sparse.csr_matrix(
        (np.concatenate(values), np.concatenate(columns), starts), shape=(len(texts), len(ngrams.vocabulary))
    )


def _marked(texts: Sequence[str], marks: Sequence[Marks] | None) -> list[tuple[str, Marks]]:
    return list(zip(texts, marks or [()] * len(texts), strict=True))


class KernelClassifier:
    """Learns from texts as typed, their unit-length sentence vectors, and their labels. `config` overrides `DEFAULTS`."""

    def __init__(self, **config: float) -> None:
        self.config = {**DEFAULTS, **config}
        self.labels: list[str] = []
        self._blocks: dict[str, NGrams] = {}
        self._weights: dict[str, Array] = {}  # per block: (n-grams, labels)
        self._graph = b""  # of `_similarity`, after training
        self._similarity: SimilarityGraph
        self._details = DetailRegression()

    @property
    def _kinds(self) -> list[str]:
        """The kinds of n-grams that count."""
        return [kind for kind in (*_ANALYSERS, MARKS) if self.config[kind]]

    def fit(
        self, texts: Sequence[str], vectors: Array, labels: Sequence[Collection[str]], marks: Sequence[Marks] | None = None
    ) -> None:
        """Trains on `texts`, their sentence vectors, shape (len(texts), width), one or more labels for each, and their marks."""
        # Only training needs onnx, which takes a second to import.
        from components.understanding.similarity_graph import build_graph

        texts = [normalise.for_classifier(text) for text in texts]
        self.labels = sorted({label for text_labels in labels for label in text_labels if not is_detail(label)})
        vectors = np.asarray(vectors, np.float32)
        _, directions = np.linalg.eigh(vectors.T @ vectors)
        projection = np.ascontiguousarray(directions[:, : -int(self.config["width"]) - 1 : -1])
        projected = vectors @ projection
        ngrams: dict[str, scipy.sparse.csr_matrix] = {}
        for kind in self._kinds:
            grams = [_grams(kind, *text) for text in _marked(texts, marks)]
            self._blocks[kind] = NGrams.of_texts(grams, MIN_TEXTS[kind])
            ngrams[kind] = _matrix(self._blocks[kind], grams)
        kernel = Kernel(
            gaussian_kernel(projected, self.config["gamma"]), ngrams, {kind: self.config[kind] for kind in self._kinds}
        )
        targets = np.array([[label in text_labels for label in self.labels] for text_labels in labels], np.float32)
        solution = solve(kernel, targets, self.config["ridge"])
        self._weights = kernel.ngram_weights(solution)
        self._graph = build_graph(projection, projected.T, solution, self.config["gamma"])
        self._similarity = SimilarityGraph(self._graph)
        self._details.fit(kernel, labels, self.config["ridge"])

    def scores(self, texts: Sequence[str], vectors: Array, marks: Sequence[Marks] | None = None) -> Array:
        """Returns the regression's scores, shape (len(texts), labels): about 1 for the right label, about 0 for the others."""
        return self.scores_with_details(texts, vectors, marks)[0]

    def scores_with_details(
        self, texts: Sequence[str], vectors: Array, marks: Sequence[Marks] | None = None
    ) -> tuple[Array, list[DetailScores]]:
        """Returns the scores of all labels, and for each text those of the details."""
        similarity, scores = self._similarity(np.asarray(vectors, np.float32))
        details = []
        normalised = [normalise.for_classifier(text) for text in texts]
        for index, text in enumerate(_marked(normalised, marks)):
            found = {kind: block.row(_grams(kind, *text)) for kind, block in self._blocks.items()}
            for kind, (columns, values) in found.items():
                scores[index] += values @ self._weights[kind][columns]
            details.append(self._details.scores(similarity[index], found))
        return scores, details

    def knows(self, text: str) -> bool:
        """Whether every word of a text, however its vowels are spelt, stood in the training texts."""
        words = (gram for gram in word_ngrams(normalise.for_classifier(text)) if " " not in gram)
        return all(word in self._blocks["words"].vocabulary for word in words)

    def confidence(self, scores: Array) -> Array:
        """Returns the confidence in each of `labels`, from 0 to 1, in the shape of `scores`.

        The confidence in an intent is low if the training data has nothing like the message, or if out of scope is just as
        close. The confidence in out of scope is low if some intent is just as close.
        """
        if OUT_OF_SCOPE in self.labels:
            outside = self.labels.index(OUT_OF_SCOPE)
            scores = scores - scores[:, [outside]]
            scores[:, outside] = -np.inf
            scores[:, outside] = -scores.max(axis=1)
        confidence: Array = 1 / (1 + np.exp(-self.config["slope"] * scores - self.config["offset"]))
        return confidence

    def save(self, folder: Path) -> None:
        """Writes `classifier.json`, the graph of the similarity and a file for each array into `folder`."""
        arrays = self._details.arrays
        for kind in self._kinds:
            arrays[f"{kind}_weights"] = self._weights[kind]
            arrays[f"{kind}_idf"] = self._blocks[kind].idf
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)
        vocabularies = {kind: list(block.vocabulary) for kind, block in self._blocks.items()}
        content = {
            "config": self.config,
            "labels": self.labels,
            "details": self._details.labels,
            "vocabularies": vocabularies,
        }
        (folder / SIMILARITY_GRAPH).write_bytes(self._graph)
        (folder / "classifier.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> KernelClassifier:
        """Reads what `save` wrote.

        The arrays stay in their files, which several processes share. A message needs few rows of the n-grams' weights, so most
        of these never take up memory.
        """
        content = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
        classifier = cls(**content["config"])
        classifier.labels = content["labels"]
        arrays = {path.stem: np.load(path, mmap_mode="r").view(np.ndarray) for path in folder.glob("*.npy")}
        classifier._similarity = SimilarityGraph(str(folder / SIMILARITY_GRAPH))
        for kind in classifier._kinds:
            classifier._weights[kind] = arrays[f"{kind}_weights"]
            classifier._blocks[kind] = NGrams(content["vocabularies"][kind], arrays[f"{kind}_idf"])
        classifier._details = DetailRegression.from_arrays(content["details"], arrays)
        return classifier
