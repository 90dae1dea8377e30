"""Scores intents: kernel ridge regression on the sentence vector and n-grams. Needs numpy and scipy only."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse

from components.intents import OUT_OF_SCOPE

FEW_ROWS = 16

DEFAULTS: dict[str, float] = {
    "gamma": 4.0,  # width of the Gaussian kernel between sentence vectors: exp(gamma * (cosine - 1))
    "characters": 0.2,  # weight of the character n-grams' kernel against the vectors' 1.0
    "words": 0.2,  # weight of the word n-grams' kernel
    "ridge": 0.1,
    "width": 192,  # the vectors are projected onto this many principal directions
    "slope": 7.4,  # confidence = sigmoid(slope * score + offset), fitted on voices left out
    "offset": -0.48,
}


_VOWELS = str.maketrans("", "", "aeiouy")
_DOUBLED = re.compile(r"(\w)\1+")
_WORD = re.compile(r"\w+")


def _word_ngrams(text: str) -> list[str]:
    # Without what misspellings change most: vowels after the first letter, and doubled letters.
    words = [word[0] + word[1:].translate(_VOWELS) for word in _WORD.findall(_DOUBLED.sub(r"\1", text))]
    return words + [f"{first} {second}" for first, second in zip(words, words[1:], strict=False)]


def _character_ngrams(text: str) -> list[str]:
    grams: list[str] = []
    for word in text.split():
        padded = f" {word} "
        for size in (3, 4):
            grams += [padded[start : start + size] for start in range(max(1, len(padded) - size + 1))]
    return grams


MIN_DF = {"characters": 2, "words": 1}  # in how many training texts an n-gram must stand
_ANALYSERS = {"characters": _character_ngrams, "words": _word_ngrams}


class _NGrams:
    """Rows of unit length over n-grams seen in training: present or not, weighted by inverse document frequency."""

    def __init__(self, kind: str, vocabulary: Sequence[str] = (), idf: np.ndarray | None = None) -> None:
        self._kind = kind
        self._analyse = _ANALYSERS[kind]
        self.vocabulary = {gram: column for column, gram in enumerate(vocabulary)}
        self.idf = np.zeros(0, np.float32) if idf is None else idf

    def fit(self, texts: Sequence[str]) -> None:
        counts = Counter(gram for text in texts for gram in set(self._analyse(text)))
        kept = sorted(gram for gram, count in counts.items() if count >= MIN_DF[self._kind])
        self.vocabulary = {gram: column for column, gram in enumerate(kept)}
        self.idf = np.array([np.log((1 + len(texts)) / (1 + counts[gram])) + 1 for gram in kept], np.float32)

    def transform(self, texts: Sequence[str]) -> scipy.sparse.csr_matrix:
        columns: list[np.ndarray] = []
        values: list[np.ndarray] = []
        for text in texts:
            column, value = self.row(text)
            columns.append(column)
            values.append(value)
        starts = np.cumsum([0] + [len(column) for column in columns])
        return scipy.sparse.csr_matrix(
            (np.concatenate(values), np.concatenate(columns), starts), shape=(len(texts), len(self.vocabulary))
        )

    def row(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Returns the columns and the values of one text."""
        find = self.vocabulary.get
        found = set(map(find, self._analyse(text)))
        found.discard(None)
        columns = np.array(sorted(found), np.int64)
        values = self.idf[columns]
        length = np.sqrt(values @ values)
        return columns, values / length if length else values


class KernelClassifier:
    """Scores intents from texts (as typed) and their unit-length sentence vectors."""

    def __init__(self, **config: float) -> None:
        """Takes any of `DEFAULTS`."""
        self.config = {**DEFAULTS, **config}
        self.labels: list[str] = []
        self._blocks: dict[str, _NGrams] = {}
        self._weights: dict[str, np.ndarray] = {}  # per block: (n-grams, labels)
        self._projection = np.zeros((0, 0), np.float32)  # (width of a sentence vector, width)
        self._vectors = np.zeros((0, 0), np.float32)  # the training messages' projected vectors: (width, training messages)
        self._vector_weights = np.zeros((0, 0), np.float32)  # (training messages, labels)
        self._bias = np.zeros(0, np.float32)

    def _gaussian(self, vectors: np.ndarray) -> np.ndarray:
        kernel = _product(_product(vectors, self._projection), self._vectors)
        kernel -= 1
        kernel *= self.config["gamma"]
        return np.exp(kernel, out=kernel)

    def fit(self, texts: Sequence[str], vectors: np.ndarray, labels: Sequence[Collection[str]]) -> None:
        """Trains on `texts`, their sentence vectors, shape (len(texts), width), and the labels of each: one or more."""
        texts = [_normalise(text) for text in texts]
        self.labels = sorted({label for some in labels for label in some})
        vectors = np.asarray(vectors, np.float32)
        _, directions = np.linalg.eigh(vectors.T @ vectors)
        self._projection = np.ascontiguousarray(directions[:, : -int(self.config["width"]) - 1 : -1])
        self._vectors = np.ascontiguousarray((vectors @ self._projection).T)
        kernel = self._gaussian(vectors)
        rows: dict[str, scipy.sparse.csr_matrix] = {}
        for kind in _ANALYSERS:
            self._blocks[kind] = _NGrams(kind)
            self._blocks[kind].fit(texts)
            rows[kind] = self._blocks[kind].transform(texts) * np.float32(self.config[kind] ** 0.5)
        joined = scipy.sparse.hstack(list(rows.values()), format="csr")
        transposed = joined.T.tocsr()
        for start in range(0, len(texts), 512):
            kernel[start : start + 512] += (joined[start : start + 512] @ transposed).toarray()
        kernel += 1  # the bias
        kernel[np.diag_indices_from(kernel)] += self.config["ridge"]
        goals = np.array([[label in some for label in self.labels] for some in labels], np.float32)
        solution = scipy.linalg.solve(kernel, goals, assume_a="pos", overwrite_a=True, check_finite=False)
        self._vector_weights = solution
        self._bias = solution.sum(axis=0)
        for kind, block in rows.items():
            self._weights[kind] = (block.T @ solution) * np.float32(self.config[kind] ** 0.5)

    def scores(self, texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
        """Returns the regression's scores, shape (len(texts), labels): about 1 for the intent, about 0 for the others."""
        scores = _product(self._gaussian(np.asarray(vectors, np.float32)), self._vector_weights) + self._bias
        for index, text in enumerate(texts):
            text = _normalise(text)
            for kind, block in self._blocks.items():
                columns, values = block.row(text)
                scores[index] += values @ self._weights[kind][columns]
        return scores

    def confidence(self, scores: np.ndarray) -> np.ndarray:
        """Returns the confidence in each of `labels`, each from 0 to 1, in the shape of `scores`.

        An intent's confidence is low when nothing like the message was in the training data, and when out of scope
        was as near; that of out of scope is low when some intent was as near.
        """
        if OUT_OF_SCOPE in self.labels:
            outside = self.labels.index(OUT_OF_SCOPE)
            scores = scores - scores[:, [outside]]
            scores[:, outside] = -np.inf
            scores[:, outside] = -scores.max(axis=1)
        return 1 / (1 + np.exp(-self.config["slope"] * scores - self.config["offset"]))

    def save(self, folder: Path) -> None:
        """Writes `classifier.npz` and `classifier.json` into `folder`."""
        arrays = {
            "projection": self._projection,
            "vectors": self._vectors,
            "vector_weights": self._vector_weights,
            "bias": self._bias,
        }
        for kind in _ANALYSERS:
            arrays[f"{kind}_weights"] = self._weights[kind]
            arrays[f"{kind}_idf"] = self._blocks[kind].idf
        np.savez(folder / "classifier.npz", **arrays)
        words: dict[str, Any] = {kind: list(block.vocabulary) for kind, block in self._blocks.items()}
        content = {"config": self.config, "labels": self.labels, "vocabularies": words}
        (folder / "classifier.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> KernelClassifier:
        """Reads what `save` wrote."""
        content = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
        classifier = cls(**content["config"])
        classifier.labels = content["labels"]
        with np.load(folder / "classifier.npz", allow_pickle=False) as arrays:
            classifier._projection, classifier._vectors = arrays["projection"], arrays["vectors"]
            classifier._vector_weights, classifier._bias = arrays["vector_weights"], arrays["bias"]
            for kind in _ANALYSERS:
                classifier._weights[kind] = arrays[f"{kind}_weights"]
                classifier._blocks[kind] = _NGrams(kind, content["vocabularies"][kind], arrays[f"{kind}_idf"])
        return classifier


def _product(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Returns rows @ matrix. For several rows BLAS first copies the matrix, which for a few costs ten times the product."""
    return rows @ matrix if len(rows) > FEW_ROWS else np.stack([row @ matrix for row in rows])


def _normalise(text: str) -> str:
    return text.lower().replace("’", "'")
