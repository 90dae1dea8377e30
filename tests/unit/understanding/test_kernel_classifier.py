"""The classifier on a handful of texts, with made-up vectors in the place of the encoder's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.understanding.arrays import Array
from components.understanding.kernel_classifier import KernelClassifier

TEXTS = [
    "how much is it",
    "what does it cost",
    "price please",
    "does it hurt",
    "is it painful",
    "any pain",
    "weather today",
    "who won",
]
LABELS = [["ask_cost"]] * 3 + [["ask_pain"]] * 3 + [["out_of_scope"]] * 2
DIRECTIONS = {"ask_cost": 0, "ask_pain": 1, "out_of_scope": 2}


def vectors(labels: list[list[str]], width: int = 8) -> Array:
    """Returns vectors of unit length, near to each other where the labels are the same."""
    rows = np.random.default_rng(1).normal(0, 0.1, (len(labels), width)).astype(np.float32)
    for row, text_labels in zip(rows, labels, strict=True):
        row[[DIRECTIONS[label] for label in text_labels]] += 1
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def classifier() -> KernelClassifier:
    classifier = KernelClassifier(width=8)
    classifier.fit(TEXTS, vectors(LABELS), LABELS)
    return classifier


def best(classifier: KernelClassifier, scores: Array) -> list[str]:
    return [classifier.labels[index] for index in scores.argmax(axis=1)]


def test_it_knows_what_it_learnt(classifier: KernelClassifier) -> None:
    scores = classifier.scores(TEXTS, vectors(LABELS))
    assert best(classifier, scores) == [label for (label,) in LABELS]
    assert np.abs(scores.max(axis=1) - 1).max() < 0.2
    assert np.sort(scores, axis=1)[:, :-1].max() < 0.2


def test_the_words_decide_where_the_vector_does_not(classifier: KernelClassifier) -> None:
    nowhere = np.zeros((2, 8), np.float32)  # as far from everything
    assert best(classifier, classifier.scores(["what dose it coost", "is it painfull"], nowhere)) == ["ask_cost", "ask_pain"]


def test_a_curly_apostrophe_and_capitals_change_nothing(classifier: KernelClassifier) -> None:
    same = vectors([["ask_pain"]])
    assert np.array_equal(classifier.scores(["what's it"], same), classifier.scores(["WHAT’S IT"], same))


def test_many_rows_score_as_one_by_one(classifier: KernelClassifier) -> None:
    texts, rows = TEXTS * 3, np.tile(vectors(LABELS), (3, 1))
    alone = np.vstack([classifier.scores([text], row[np.newaxis]) for text, row in zip(texts, rows, strict=True)])
    assert np.allclose(classifier.scores(texts, rows), alone, atol=1e-5)


def test_a_text_may_have_several_labels() -> None:
    both = KernelClassifier(width=8)
    labels = [*LABELS, ["ask_cost", "ask_pain"]]
    both.fit([*TEXTS, "price and pain"], vectors(labels), labels)
    score = dict(zip(both.labels, both.scores(["price and pain"], vectors(labels)[-1:])[0], strict=True))
    assert min(score["ask_cost"], score["ask_pain"]) > 0.6 > 0.2 > score["out_of_scope"]


def test_out_of_scope_takes_confidence_away(classifier: KernelClassifier) -> None:
    inside, near, outside = classifier.confidence(np.array([[1, 0, 0], [1, 0, 0.9], [0, 0, 1]], np.float32))
    assert inside[0] > 0.99 > 0.6 > near[0]
    assert outside.argmax() == 2


def test_saved_and_loaded_it_gives_the_same_scores(classifier: KernelClassifier, tmp_path: Path) -> None:
    classifier.save(tmp_path)
    loaded = KernelClassifier.load(tmp_path)
    texts, rows = ["what dose it coost", "", "🙂"], vectors([["ask_cost"]] * 3)
    assert loaded.labels == classifier.labels
    assert np.array_equal(loaded.scores(texts, rows), classifier.scores(texts, rows))


def test_marks_count_where_words_and_vectors_say_nothing() -> None:
    nowhere = np.zeros((1, 8), np.float32)
    marks = [[label] for (label,) in LABELS]
    marked = KernelClassifier(width=8, marks=0.5)
    marked.fit(TEXTS, vectors(LABELS), LABELS, marks)
    assert best(marked, marked.scores(["xyz"], nowhere, [["ask_pain"]])) == ["ask_pain"]
    assert best(marked, marked.scores(["xyz"], nowhere, [["ask_cost"]])) == ["ask_cost"]


def test_which_words_it_has_met(classifier: KernelClassifier) -> None:
    assert classifier.knows("does it cost MUCH, plese")
    assert not classifier.knows("does qwertumab cost much")
