"""How well messages are understood: our validation voices and the public HINT3 benchmark. Writes docs/understanding.md.

HINT3 (Arora et al., EMNLP 2020 Insights; ODbL) is read from ../shared/hint3: in-scope accuracy without a threshold, and the
area under the ROC curve of the confidence, in scope against out of scope, from the same rows as the published predictions.
"""

from __future__ import annotations

import asyncio
import csv
import os
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from rasa.core.agent import load_agent
from sklearn.metrics import roc_auc_score

from components.classifier import Classifier
from components.encoder_graph import write_encoder
from components.sentence_encoder import Encoder, SentenceEncoder
from tests.test_understanding import DANGERS, REFUSED, VALIDATION, messages

ROOT = Path(__file__).parent.parent
HINT3 = ROOT.parent / "shared" / "hint3"
OUTSIDE = "NO_NODES_DETECTED"
PLATFORMS = ["dialogflow", "luis", "haptik", "rasa", "bert"]
NOTES = ROOT / "benchmarks" / "understanding_notes.md"


def rows(path: Path) -> list[dict[str, str]]:
    """Returns the rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def figures(labels: list[str], predicted: list[str], scores: np.ndarray) -> tuple[float, float]:
    """Returns in-scope accuracy and out-of-scope AUROC, in percent."""
    inside = np.array([label != OUTSIDE for label in labels])
    right = np.array([label == guess for label, guess in zip(labels, predicted, strict=True)])
    return 100 * right[inside].mean(), 100 * roc_auc_score(inside, scores)


def hint3(encoder: Encoder) -> list[str]:
    """Returns the table of the six sets, ours against the best published figure."""
    lines = ["| set | ours: accuracy / AUROC | best published |", "| --- | --- | --- |"]
    for bot in ("sofmattress", "curekart", "powerplay11"):
        test = rows(HINT3 / f"{bot}_test.csv")
        texts, labels = [row["sentence"] for row in test], [row["label"] for row in test]
        vectors = encoder.encode([text.lower() for text in texts])
        for subset in ("", "_subset"):
            train = rows(HINT3 / f"{bot}{subset}_train.csv")
            classifier = Classifier()
            known = [row["sentence"] for row in train]
            classifier.fit(known, encoder.encode([text.lower() for text in known], 64), [[row["label"]] for row in train])
            scores = classifier.confidence(classifier.scores(texts, vectors))
            guesses = [classifier.labels[index] for index in scores.argmax(1)]
            ours = figures(labels, guesses, scores.max(1))
            published = []
            for platform in PLATFORMS:
                theirs = rows(HINT3 / "published" / f"{platform}_{bot}{subset}.csv")
                names = list(theirs[0])
                guess, score = (next(name for name in names if key in name.lower()) for key in ("pred", "score"))
                found = [row[guess] for row in theirs]
                confidence = np.array([0.0 if row[guess] == OUTSIDE else float(row[score] or 0) for row in theirs])
                published.append((*figures(labels, found, confidence), platform))
            best = (max(published), max(published, key=lambda one: one[1]))
            theirs_text = f"{best[0][0]:.1f} ({best[0][2]}) / {best[1][1]:.1f} ({best[1][2]})"
            lines.append(f"| {bot}{subset} | {ours[0]:.1f} / {ours[1]:.1f} | {theirs_text} |")
    return lines


def validation() -> list[str]:
    """Returns the tables of our own validation voices, through the trained pipeline as it is served."""
    agent = asyncio.run(load_agent(str(ROOT / "models" / "assistant.tar.gz")))
    parsed, times = [], []
    for path in VALIDATION:
        for intent, text in messages(path):
            started = time.perf_counter()
            taken = asyncio.run(agent.parse_message(text))["intent"]["name"]
            times.append(1000 * (time.perf_counter() - started))
            parsed.append((path.stem, intent, taken))
    lines = ["| voices | messages | right intent | refused | out of scope caught |", "| --- | --- | --- | --- | --- |"]
    for voice in [*(path.stem for path in VALIDATION), "all"]:
        part = [(intent, taken) for name, intent, taken in parsed if voice in (name, "all")]
        inside = [(intent, taken) for intent, taken in part if intent != "out_of_scope"]
        outside = [taken for intent, taken in part if intent == "out_of_scope"]
        right = 100 * sum(intent == taken for intent, taken in inside) / len(inside)
        refused = 100 * sum(taken in REFUSED for _, taken in inside) / len(inside)
        caught = 100 * sum(taken in REFUSED for taken in outside) / len(outside)
        lines.append(f"| {voice} | {len(part)} | {right:.1f} % | {refused:.1f} % | {caught:.1f} % |")
    danger = [taken in DANGERS for _, intent, taken in parsed if intent in DANGERS]
    others = [taken in DANGERS for _, intent, taken in parsed if intent not in DANGERS | {"report_reaction"}]
    lines += [
        "",
        f"Emergencies and self-harm found: {sum(danger)} of {len(danger)}. False alarms: {sum(others)} of {len(others)}.",
    ]
    lines += [f"One message parsed, median: {statistics.median(times):.1f} ms.", "", "Most frequent confusions:", ""]
    confused = Counter((intent, taken) for _, intent, taken in parsed if intent != taken).most_common(15)
    return lines + [f"- {intent} taken for {taken}: {count}" for (intent, taken), count in confused]


def main() -> None:
    """Prints the tables and writes the document."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as folder:
        settings = SentenceEncoder.get_default_config()
        write_encoder(Path(folder), settings["quantise"])
        encoder = Encoder(Path(folder), settings["max_tokens"])
        parts = [
            "# Understanding",
            "",
            "Written by `make bench-nlu`; the notes at the end are from benchmarks/understanding_notes.md.",
            "",
        ]
        parts += [
            "## Validation voices",
            "",
            "Messages by voices that wrote no training data (`tests/nlu/`).",
            "",
            *validation(),
            "",
        ]
        parts += ["## HINT3", "", *hint3(encoder), "", NOTES.read_text(encoding="utf-8").rstrip()]
    text = "\n".join(parts) + "\n"
    (ROOT / "docs" / "understanding.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
