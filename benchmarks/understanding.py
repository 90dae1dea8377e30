"""`make bench-nlu`: measures how well we understand messages: our validation voices, Rasa's default pipeline, and HINT3.

Writes docs/understanding.md and its plot.

HINT3 is a public benchmark (Arora et al., EMNLP 2020 Insights; ODbL). We read it from the folder in the variable HINT3, which is
../shared/hint3 by default. We report in-scope accuracy without a threshold, and the area under the ROC curve of the confidence,
in scope against out of scope, on the same rows as the published predictions.
"""

from __future__ import annotations

import asyncio
import csv
import logging
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from rasa.core.agent import Agent, load_agent
from rasa.utils.log_utils import configure_structlog
from sklearn.metrics import roc_auc_score

from benchmarks.stock import ALL_EPOCHS, EPOCHS, trained_nlu
from components.intents import OUT_OF_SCOPE
from components.understanding.encoder import Encoder
from components.understanding.encoder_graph import write_encoder
from components.understanding.kernel_classifier import KernelClassifier
from components.understanding.sentence_encoder import SentenceEncoder
from runtime.paths import ROOT
from tests.support.validation_messages import DANGERS, REFUSED, VALIDATION, messages

HINT3 = Path(os.environ.get("HINT3", ROOT.parent / "shared" / "hint3"))
OUTSIDE = "NO_NODES_DETECTED"
PLATFORMS = ["dialogflow", "luis", "haptik", "rasa", "bert"]
FORUM = "forum_and_mail"  # the voices that write like forum posts and mail to clinics
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


def published_figures(platform: str, test: str, labels: list[str]) -> tuple[float, float]:
    """Returns the `figures` of one platform's published predictions on a test set."""
    predictions = rows(HINT3 / "published" / f"{platform}_{test}.csv")
    guess, score = (next(name for name in predictions[0] if key in name.lower()) for key in ("pred", "score"))
    found = [row[guess] for row in predictions]
    confidence = np.array([0.0 if row[guess] == OUTSIDE else float(row[score] or 0) for row in predictions])
    return figures(labels, found, confidence)


def hint3(encoder: Encoder) -> list[str]:
    """Returns the table of the six sets, with our figures and the best published ones."""
    lines = ["| set | ours: accuracy / AUROC | best published |", "| --- | --- | --- |"]
    for bot in ("sofmattress", "curekart", "powerplay11"):
        test = rows(HINT3 / f"{bot}_test.csv")
        texts, labels = [row["sentence"] for row in test], [row["label"] for row in test]
        vectors = encoder.encode([text.lower() for text in texts])
        for subset in ("", "_subset"):
            train = rows(HINT3 / f"{bot}{subset}_train.csv")
            classifier = KernelClassifier()
            known = [row["sentence"] for row in train]
            classifier.fit(known, encoder.encode([text.lower() for text in known], 64), [[row["label"]] for row in train])
            scores = classifier.confidence(classifier.scores(texts, vectors))
            guesses = [classifier.labels[index] for index in scores.argmax(1)]
            ours = figures(labels, guesses, scores.max(1))
            published = [(*published_figures(platform, f"{bot}{subset}", labels), platform) for platform in PLATFORMS]
            best = (max(published), max(published, key=lambda result: result[1]))
            best_text = f"{best[0][0]:.1f} ({best[0][2]}) / {best[1][1]:.1f} ({best[1][2]})"
            lines.append(f"| {bot}{subset} | {ours[0]:.1f} / {ours[1]:.1f} | {best_text} |")
    return lines


@dataclass(frozen=True)
class Parsed:
    """One validation message: who wrote it, what it means, and how we understood it."""

    voice: str
    intent: str
    taken: str


def parse(agents: list[Agent]) -> tuple[list[list[Parsed]], list[list[float]]]:
    """Returns how each of `agents` understands the validation messages, and the ms for each message, on one core.

    Each message goes to one agent after the other, so that a busy machine slows all of them down equally.
    """
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    parsed: list[list[Parsed]] = [[] for _ in agents]
    times: list[list[float]] = [[] for _ in agents]
    for path in VALIDATION:
        for intent, text in messages(path):
            for index, agent in enumerate(agents):
                started = time.perf_counter()
                taken = asyncio.run(agent.parse_message(text))["intent"]["name"]
                times[index].append(1000 * (time.perf_counter() - started))
                parsed[index].append(Parsed(path.stem, intent, taken or "nlu_fallback"))
    return parsed, times


def share(results: Sequence[bool]) -> float:
    """Returns the percentage of `results` that are true."""
    return 100 * sum(results) / len(results)


def right(parsed: list[Parsed]) -> float:
    """Returns the share of in-scope messages that we understood correctly."""
    return share([message.taken == message.intent for message in parsed if message.intent != OUT_OF_SCOPE])


def refused(parsed: list[Parsed]) -> float:
    """Returns the share of in-scope messages that got no answer."""
    return share([message.taken in REFUSED for message in parsed if message.intent != OUT_OF_SCOPE])


def caught(parsed: list[Parsed]) -> float:
    """Returns the share of out-of-scope messages that got no answer."""
    return share([message.taken in REFUSED for message in parsed if message.intent == OUT_OF_SCOPE])


def danger(parsed: list[Parsed]) -> tuple[int, int, int, int]:
    """Returns the number of dangers found, of all dangers, of false alarms, and of all messages without danger."""
    real = [message.taken in DANGERS for message in parsed if message.intent in DANGERS]
    others = [message.taken in DANGERS for message in parsed if message.intent not in DANGERS | {"report_reaction"}]
    return sum(real), len(real), sum(others), len(others)


def goals(parsed: list[Parsed], times: list[float]) -> list[str]:
    """Returns the table of our goals."""
    forum = [message for message in parsed if message.voice == FORUM]
    found, real, alarms, others = danger(parsed)
    return [
        "| what | goal | reached |",
        "| --- | --- | --- |",
        f"| in-scope messages: right intent | 95 % | {right(parsed):.1f} % |",
        f"| forum posts and clinic mail: right intent | 88 % | {right(forum):.1f} % |",
        f"| out-of-scope messages not answered as something else | 92 % | {caught(parsed):.1f} % |",
        f"| in-scope messages refused | at most 3 % | {refused(parsed):.1f} % |",
        f"| emergencies and self-harm found | 100 % | {100 * found / real:.1f} % ({found} of {real}) |",
        f"| false alarms | at most 0.5 % | {100 * alarms / others:.1f} % ({alarms} of {others}) |",
        f"| one message parsed, median, one core | at most 3 ms | {statistics.median(times):.1f} ms |",
    ]


def by_voice(parsed: list[Parsed]) -> list[str]:
    """Returns the table by voice."""
    lines = ["| voices | messages | right intent | refused | out of scope caught |", "| --- | --- | --- | --- | --- |"]
    for voice in dict.fromkeys(message.voice for message in parsed):
        part = [message for message in parsed if message.voice == voice]
        lines.append(f"| {voice} | {len(part)} | {right(part):.1f} % | {refused(part):.1f} % | {caught(part):.1f} % |")
    return lines


def by_intent(parsed: list[Parsed]) -> list[str]:
    """Returns the table by intent, weakest first, with the intents that each was confused with."""
    lines = ["| intent | messages | right | taken for |", "| --- | --- | --- | --- |"]
    rows = []
    for intent in sorted({message.intent for message in parsed}):
        part = [message.taken for message in parsed if message.intent == intent]
        wrong = Counter(taken for taken in part if taken != intent and not (intent == OUT_OF_SCOPE and taken in REFUSED))
        score = share([taken not in wrong for taken in part])
        confused = ", ".join(f"{taken} {count}" for taken, count in wrong.most_common(4))
        rows.append((score, f"| {intent} | {len(part)} | {score:.0f} % | {confused} |"))
    return lines + [line for _, line in sorted(rows)]


def draw_confusions(parsed: list[Parsed]) -> None:
    """Draws the confusion matrix."""
    intents = [*sorted({message.intent for message in parsed}), "nlu_fallback"]
    place = {intent: index for index, intent in enumerate(intents)}
    counts = np.zeros((len(intents), len(intents)))
    for message in parsed:
        if message.taken in place:
            counts[place[message.intent], place[message.taken]] += 1
    figure, axes = plt.subplots(figsize=(11, 11))
    axes.imshow(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = "white" if counts[row, column] > counts[row].sum() / 2 else "black"
        axes.text(column, row, int(counts[row, column]), ha="center", va="center", fontsize=6, color=colour)
    axes.set_xticks(range(len(intents)), intents, rotation=90, fontsize=7)
    axes.set_yticks(range(len(intents)), intents, fontsize=7)
    axes.set_xlabel("taken for")
    axes.set_ylabel("meant")
    figure.tight_layout()
    figure.savefig(ROOT / "docs" / "confusions.png", dpi=110)


def compared(ours: tuple[list[Parsed], list[float]], stock: tuple[list[Parsed], list[float]], trained: float) -> list[str]:
    """Returns the comparison with Rasa's default pipeline, trained on the same messages and run side by side."""
    lines = ["| | ours | Rasa's default pipeline |", "| --- | --- | --- |"]
    medians = [statistics.median(times) for _, times in (ours, stock)]
    if EPOCHS == ALL_EPOCHS:
        lines += [
            f"| right intent | {right(ours[0]):.1f} % | {right(stock[0]):.1f} % |",
            f"| refused | {refused(ours[0]):.1f} % | {refused(stock[0]):.1f} % |",
            f"| out of scope caught | {caught(ours[0]):.1f} % | {caught(stock[0]):.1f} % |",
            f"| emergencies and self-harm found | {danger(ours[0])[0]} | {danger(stock[0])[0]} |",
            f"| false alarms | {danger(ours[0])[2]} | {danger(stock[0])[2]} |",
        ]
    lines += [
        f"| one message parsed, median, one core | {medians[0]:.1f} ms | {medians[1]:.1f} ms |",
        f"| the same, as a ratio | {medians[0] / medians[1]:.2f} | 1 |",
        f"| training | `make bench` prints it | {trained:.0f} s for {EPOCHS} of {ALL_EPOCHS} epochs |",
    ]
    return lines


def main() -> None:
    """Prints the tables, and writes the document and its plot."""
    if not HINT3.is_dir():
        raise SystemExit(f"{HINT3} is missing. Set HINT3=… to the folder with the benchmark's files.")
    configure_structlog(logging.WARNING)  # as on the server, so that we do not measure debug logging
    stock_model, stock_training = trained_nlu()
    agents = [asyncio.run(load_agent(str(path))) for path in (ROOT / "models" / "assistant.tar.gz", stock_model)]
    parsed, times = parse(agents)
    draw_confusions(parsed[0])
    with tempfile.TemporaryDirectory() as folder:
        settings = SentenceEncoder.get_default_config()
        write_encoder(Path(folder), settings["quantise"])
        published = hint3(Encoder(Path(folder), settings["max_tokens"]))
    sections = {
        "# Understanding": ["Written by `make bench-nlu`; the notes at the end are from benchmarks/understanding_notes.md."],
        "## Goals": [
            "On messages by voices that wrote no training data (`tests/understanding/nlu/`).", "", *goals(parsed[0], times[0])
        ],
        "## Compared with Rasa's default pipeline": compared((parsed[0], times[0]), (parsed[1], times[1]), stock_training),
        "## HINT3": published,
        "## By voice": by_voice(parsed[0]),
        "## By intent": [*by_intent(parsed[0]), "", "![Confusion matrix](confusions.png)"],
    }  # fmt: skip
    text = "\n\n".join([f"{title}\n\n" + "\n".join(lines) for title, lines in sections.items()] + [NOTES.read_text("utf-8")])
    (ROOT / "docs" / "understanding.md").write_text(text.rstrip() + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
