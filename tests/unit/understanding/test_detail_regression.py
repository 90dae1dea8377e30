"""The details of topics, learned from a handful of texts with made-up vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.understanding.arrays import Array
from components.understanding.kernel_classifier import KernelClassifier

EXAMPLES = [
    ("how much is it", ["ask_cost"]),
    ("what does it cost", ["ask_cost"]),
    ("is it cheaper abroad", ["ask_cost", "ask_cost/abroad"]),
    ("price in turkey or mexico", ["ask_cost", "ask_cost/abroad"]),
    ("do i get a refund", ["ask_cost", "ask_cost/refund"]),
    ("my money back if nothing grows", ["ask_cost", "ask_cost/refund"]),
    ("does it hurt", ["ask_pain"]),
    ("is the numbing strong enough", ["ask_pain", "ask_pain/numbing"]),
    ("numbing cream or shots", ["ask_pain", "ask_pain/numbing"]),
    ("who won the game", ["out_of_scope"]),
]
TEXTS, LABELS = [text for text, _ in EXAMPLES], [labels for _, labels in EXAMPLES]
NAMES = sorted({label for labels in LABELS for label in labels})


def vectors(labels: list[list[str]]) -> Array:
    """Returns vectors of unit length, near to each other where the labels are the same."""
    rows = np.random.default_rng(1).normal(0, 0.1, (len(labels), 8)).astype(np.float32)
    for row, text_labels in zip(rows, labels, strict=True):
        row[[NAMES.index(label) for label in text_labels]] += 1
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def classifier() -> KernelClassifier:
    classifier = KernelClassifier(width=8)
    classifier.fit(TEXTS, vectors(LABELS), LABELS)
    return classifier


def test_each_text_has_its_detail(classifier: KernelClassifier) -> None:
    _, details = classifier.scores_with_details(TEXTS, vectors(LABELS))
    for labels, found in zip(LABELS, details, strict=True):
        for topic, scores in found.items():
            meant = [detail for detail, score in scores.items() if score > 0.4]
            assert meant == [label.split("/")[1] for label in labels if label.startswith(f"{topic}/")]


def test_the_words_decide_where_the_vector_does_not(classifier: KernelClassifier) -> None:
    _, (found,) = classifier.scores_with_details(["a refund"], np.zeros((1, 8), np.float32))
    assert found["ask_cost"]["refund"] > 1.3 * found["ask_cost"]["abroad"]


def test_details_are_no_topics_and_change_no_score_of_one(classifier: KernelClassifier) -> None:
    assert classifier.labels == ["ask_cost", "ask_pain", "out_of_scope"]
    without = KernelClassifier(width=8)
    without.fit(TEXTS, vectors(LABELS), [labels[:1] for labels in LABELS])
    rows = vectors(LABELS)
    assert np.array_equal(classifier.scores(TEXTS, rows), without.scores(TEXTS, rows))
    assert without.scores_with_details(TEXTS, rows)[1] == [{}] * len(TEXTS)


def test_saved_and_loaded_it_gives_the_same_scores(classifier: KernelClassifier, tmp_path: Path) -> None:
    classifier.save(tmp_path)
    loaded = KernelClassifier.load(tmp_path)
    texts, rows = ["refund?", "", "🙂"], vectors([["ask_cost"]] * 3)
    assert loaded.scores_with_details(texts, rows)[1] == classifier.scores_with_details(texts, rows)[1]
