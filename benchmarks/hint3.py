"""Measures our encoders and classifier on HINT3, a public benchmark (Arora et al., EMNLP 2020 Insights; ODbL).

We read it from the folder in the variable HINT3, which is ../shared/hint3 by default. We report in-scope accuracy without a
threshold, and the area under the ROC curve of the confidence, in scope against out of scope, on the same rows as the published
predictions.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.metrics import roc_auc_score

from components.understanding.encoders.encoder import JointEncoder
from components.understanding.kernel_classifier import KernelClassifier
from runtime.paths import ROOT

HINT3 = Path(os.environ.get("HINT3", ROOT.parent / "shared" / "hint3"))
BOTS = ("sofmattress", "curekart", "powerplay11")
OUTSIDE = "NO_NODES_DETECTED"
PLATFORMS = ("dialogflow", "luis", "haptik", "rasa", "bert")


class Figures(NamedTuple):
    """In-scope accuracy and out-of-scope AUROC, in percent."""

    accuracy: float
    auroc: float


class Comparison(NamedTuple):
    """Our figures on one training set, and the best published ones, each with the platform that reached it."""

    name: str
    ours: Figures
    best_accuracy: tuple[float, str]
    best_auroc: tuple[float, str]

    @property
    def firsts(self) -> int:
        """In how many of the two figures we are first."""
        return sum([bool(self.ours.accuracy > self.best_accuracy[0]), bool(self.ours.auroc > self.best_auroc[0])])


def rows(path: Path) -> list[dict[str, str]]:
    """Returns the rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def figures(labels: list[str], predicted: list[str], scores: np.ndarray) -> Figures:
    """Returns the figures of the predictions with these confidences."""
    inside = np.array([label != OUTSIDE for label in labels])
    right = np.array([label == guess for label, guess in zip(labels, predicted, strict=True)])
    return Figures(100 * right[inside].mean(), 100 * roc_auc_score(inside, scores))


def published(platform: str, test: str, labels: list[str]) -> Figures:
    """Returns the figures of one platform's published predictions on a test set."""
    predictions = rows(HINT3 / "published" / f"{platform}_{test}.csv")
    guess, score = (next(name for name in predictions[0] if key in name.lower()) for key in ("pred", "score"))
    found = [row[guess] for row in predictions]
    confidence = np.array([0.0 if row[guess] == OUTSIDE else float(row[score] or 0) for row in predictions])
    return figures(labels, found, confidence)


def compare(encoder: JointEncoder) -> list[Comparison]:
    """Returns the comparison on each of the six training sets.

    Raises:
        FileNotFoundError: the benchmark is not there; the message says what to set.
    """
    if not HINT3.is_dir():
        raise FileNotFoundError(f"{HINT3} is missing. Set HINT3=… to the folder with the benchmark's files.")
    comparisons = []
    for bot in BOTS:
        test = rows(HINT3 / f"{bot}_test.csv")
        texts, labels = [row["sentence"] for row in test], [row["label"] for row in test]
        vectors = encoder.encode([text.lower() for text in texts])
        for name in (bot, f"{bot}_subset"):
            train = rows(HINT3 / f"{name}_train.csv")
            known = [row["sentence"] for row in train]
            classifier = KernelClassifier()
            classifier.fit(known, encoder.encode([text.lower() for text in known]), [[row["label"]] for row in train])
            confidence = classifier.confidence(classifier.scores(texts, vectors))
            ours = figures(labels, [classifier.labels[index] for index in confidence.argmax(1)], confidence.max(1))
            others = [(platform, published(platform, name, labels)) for platform in PLATFORMS]
            best_accuracy = max((other.accuracy, platform) for platform, other in others)
            best_auroc = max((other.auroc, platform) for platform, other in others)
            comparisons.append(Comparison(name, ours, best_accuracy, best_auroc))
    return comparisons
