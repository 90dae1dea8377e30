"""`make bench-nlu`: measures how well we understand messages: our validation voices, real messages, Rasa's defaults, and HINT3.

Writes docs/understanding.md and its plot.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from rasa.core.agent import Agent, load_agent
from rasa.utils.log_utils import configure_structlog

from benchmarks.hint3 import Comparison, compare
from benchmarks.stock import ALL_EPOCHS, EPOCHS, MIN_EPOCHS, trained_nlu
from components.intents import ALARMING, FALLBACK
from components.understanding.encoders.encoder import JointEncoder
from components.understanding.encoders.write import write_encoders
from components.understanding.sentence_encoder import SentenceEncoder
from runtime.paths import ROOT
from tests.support.validation_messages import (
    CLINC,
    ENGLISH,
    REAL,
    REFUSED,
    ValidationMessage,
    all_messages,
    percent,
    real_messages,
    styles,
)

SPANISH = "es"
NOTES = ROOT / "benchmarks" / "understanding_notes.md"
MODEL = ROOT / "models" / "assistant.tar.gz"
TEN_WORDS = "does this exosome treatment hurt a lot on the scalp"
ENCODER_RUNS = 400


@dataclass(frozen=True)
class Parsed:
    """A validation message, and the intent that it was taken for."""

    message: ValidationMessage
    taken: str

    @property
    def is_right(self) -> bool:
        return self.message.is_right(self.taken)

    @property
    def is_refused(self) -> bool:
        return self.taken in REFUSED

    @property
    def is_alarm(self) -> bool:
        return self.taken in ALARMING


@dataclass(frozen=True)
class Measured:
    """How a model understood the messages, and the ms for each."""

    parsed: list[Parsed]
    times: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.times)


Rule = Callable[[ValidationMessage], bool]


def parse(agents: list[Agent], messages: list[ValidationMessage]) -> list[Measured]:
    """Returns how each of `agents` understands the messages, on one core.

    Each message goes to one agent after the other, so that a busy machine slows all of them down equally.
    """
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    measured = [Measured([], []) for _ in agents]
    for message in messages:
        for agent, result in zip(agents, measured, strict=True):
            started = time.perf_counter()
            taken = asyncio.run(agent.parse_message(message.text))["intent"]["name"]
            result.times.append(1000 * (time.perf_counter() - started))
            result.parsed.append(Parsed(message, taken or FALLBACK))
    return measured


def encoders_time(encoder: JointEncoder) -> float:
    """Returns the median ms that both encoders together take for a message of ten words, on one core."""
    times = []
    for _ in range(ENCODER_RUNS):
        started = time.perf_counter()
        encoder.encode([TEN_WORDS])
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def is_careful(message: ValidationMessage) -> bool:
    return styles().get(message.voice) == "careful" and message.language == ENGLISH


def is_sloppy(message: ValidationMessage) -> bool:
    return message.voice == REAL or styles().get(message.voice) == "sloppy" and message.language == ENGLISH


def is_spanish(message: ValidationMessage) -> bool:
    return message.language == SPANISH


def is_english(message: ValidationMessage) -> bool:
    return message.language == ENGLISH


def is_other(message: ValidationMessage) -> bool:
    return message.language not in (ENGLISH, SPANISH)


def chosen(parsed: Iterable[Parsed], *rules: Rule) -> list[Parsed]:
    """Returns the messages that all rules are true of."""
    return [each for each in parsed if all(rule(each.message) for rule in rules)]


def right(parsed: list[Parsed]) -> float:
    """Returns the share of in-scope messages with the right topic."""
    return percent([each.is_right for each in parsed if each.message.is_in_scope])


def wrongly_refused(parsed: list[Parsed]) -> float:
    """Returns the share of in-scope messages that got no answer."""
    return percent([each.is_refused and not each.is_right for each in parsed if each.message.is_in_scope])


def rightly_refused(parsed: list[Parsed]) -> float:
    """Returns the share of out-of-scope messages that got no answer."""
    return percent([each.is_right for each in parsed if not each.message.is_in_scope])


def found(parsed: list[Parsed]) -> str:
    """Returns how many of the emergencies and crises raised an alarm."""
    return _share([each.is_alarm for each in parsed if each.message.is_alarming])


def false_alarms(parsed: list[Parsed]) -> str:
    """Returns how many of the harmless messages raised an alarm."""
    return _share([each.is_alarm for each in parsed if each.message.is_harmless])


def _share(results: list[bool]) -> str:
    return f"{percent(results):.1f} % ({sum(results)} of {len(results)})"


def worst_language(parsed: list[Parsed]) -> str:
    """Returns the language other than English and Spanish in which we find the smallest share of dangers, and that share."""
    languages = {each.message.language for each in chosen(parsed, is_other)}
    shares = {
        code: percent([each.is_alarm for each in parsed if each.message.language == code and each.message.is_alarming])
        for code in languages
    }
    worst = min(shares, key=lambda code: shares[code])
    return f"{shares[worst]:.0f} % ({worst})"


def goals(parsed: list[Parsed], comparisons: list[Comparison]) -> list[str]:
    """Returns the table of our goals, on messages whose writers wrote no training data."""
    careful, sloppy, spanish = (chosen(parsed, rule) for rule in (is_careful, is_sloppy, is_spanish))
    english, other = chosen(parsed, is_english), chosen(parsed, is_other)
    ours = [each for each in english if each.message.voice != CLINC]
    clinc = [each for each in english if each.message.voice == CLINC]
    firsts = sum(comparison.firsts for comparison in comparisons)
    return [
        "| what | goal | reached |",
        "| --- | --- | --- |",
        f"| careful voices: right topic | 97 % | {right(careful):.1f} % |",
        f"| sloppy voices and real messages: right topic | 88 % | {right(sloppy):.1f} % |",
        f"| near and far out of scope: refused | 92 % | {rightly_refused(ours):.1f} % |",
        f"| CLINC150's out of scope: refused | 95 % | {rightly_refused(clinc):.1f} % |",
        f"| in scope: refused | at most 3 % | {wrongly_refused(ours):.1f} % |",
        f"| emergencies, crises and abuse found, English | 99 % | {found(english)} |",
        f"| the same, Spanish | 97 % | {found(spanish)} |",
        f"| the same, other languages | 93 % | {found(other)} |",
        f"| the same, the worst of these languages | 85 % | {worst_language(parsed)} |",
        f"| false alarms on harmless messages, careful voices | 0.3 % | {false_alarms(careful)} |",
        f"| the same, sloppy voices and real messages | 1 % | {false_alarms(sloppy)} |",
        f"| the same, other languages and Spanish | | {false_alarms([*spanish, *other])} |",
        f"| Spanish: right topic | 80 % | {right(spanish):.1f} % |",
        f"| HINT3: figures in which we are first | 12 of 12 | {firsts} of {2 * len(comparisons)} |",
    ]


def speed(ours: Measured, stock: Measured | None, encoders: float, trained: float) -> list[str]:
    """Returns the table of the times, ours and those of Rasa's default pipeline, side by side in one run."""
    lines = [
        f"The machine's load when the run ended: {os.getloadavg()[0]:.1f}. One process of it is this benchmark.",
        "",
        "| | ours | goal | Rasa's default pipeline |",
        "| --- | --- | --- | --- |",
        f"| both encoders, a message of ten words, median, one core | {encoders:.1f} ms | 3 ms | |",
    ]
    if not stock:
        return [*lines, f"| one message parsed, median, one core | {ours.median:.1f} ms | 4.5 ms | not in this run |"]
    return [
        *lines,
        f"| one message parsed, median, one core | {ours.median:.1f} ms | 4.5 ms | {stock.median:.1f} ms |",
        f"| the same, as a ratio | {ours.median / stock.median:.2f} | 0.5 | 1 |",
        f"| training | `make bench` prints it | | {trained:.0f} s for {EPOCHS} of {ALL_EPOCHS} epochs |",
    ]


def compared(ours: Measured, stock: Measured | None) -> list[str]:
    """Returns the comparison with Rasa's default pipeline, trained on the same messages."""
    if not stock:
        return ["Not in this run. `STOCK_EPOCHS=20 make bench-nlu` compares them, which takes half an hour longer."]
    if EPOCHS < MIN_EPOCHS:
        return [f"Trained with {EPOCHS} of {ALL_EPOCHS} epochs, its accuracy means nothing, so only its times stand above."]
    figures: dict[str, Callable[[list[Parsed]], object]] = {
        "right topic": lambda parsed: f"{right(parsed):.1f} %",
        "in scope, refused": lambda parsed: f"{wrongly_refused(parsed):.1f} %",
        "out of scope, refused": lambda parsed: f"{rightly_refused(parsed):.1f} %",
        "emergencies and crises found": found,
        "false alarms": false_alarms,
    }
    english = [chosen(measured.parsed, is_english) for measured in (ours, stock)]
    rows = [f"| {name} | {figure(english[0])} | {figure(english[1])} |" for name, figure in figures.items()]
    title = f"| English messages | ours | Rasa's default pipeline, {EPOCHS} of {ALL_EPOCHS} epochs |"
    return [title, "| --- | --- | --- |", *rows]


def published(comparisons: list[Comparison]) -> list[str]:
    """Returns the table of HINT3."""
    lines = ["| set | ours: accuracy / AUROC | best published |", "| --- | --- | --- |"]
    for comparison in comparisons:
        (accuracy, first), (auroc, second) = comparison.best_accuracy, comparison.best_auroc
        ours = f"{comparison.ours.accuracy:.1f} / {comparison.ours.auroc:.1f}"
        lines.append(f"| {comparison.name} | {ours} | {accuracy:.1f} ({first}) / {auroc:.1f} ({second}) |")
    return lines


def by_voice(parsed: list[Parsed]) -> list[str]:
    """Returns the table by voice."""
    lines = [
        "| voices | messages | right topic | in scope, refused | out of scope, refused | danger found | false alarms |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for voice in dict.fromkeys(each.message.voice for each in parsed):
        part = [each for each in parsed if each.message.voice == voice]
        shares = [f"{share(part):.1f} %".replace("nan %", "") for share in (right, wrongly_refused, rightly_refused)]
        lines.append(
            f"| {voice} | {len(part)} | {' | '.join(shares)} | {_without_nan(found(part))} | {_without_nan(false_alarms(part))} |"
        )
    return lines


def by_language(parsed: list[Parsed]) -> list[str]:
    """Returns the table by language."""
    lines = ["| language | messages | danger found | false alarms | right topic |", "| --- | --- | --- | --- | --- |"]
    for code in sorted({each.message.language for each in parsed} - {ENGLISH}):
        part = [each for each in parsed if each.message.language == code]
        lines.append(f"| {code} | {len(part)} | {found(part)} | {false_alarms(part)} | {right(part):.1f} % |")
    return lines


def _without_nan(share: str) -> str:
    return "" if share.startswith("nan") else share


def by_intent(parsed: list[Parsed]) -> list[str]:
    """Returns the table by intent, weakest first, with the intents that each was confused with. English messages only."""
    lines = ["| intent | messages | right | taken for |", "| --- | --- | --- | --- |"]
    rows = []
    english = chosen(parsed, is_english)
    for intent in sorted({each.message.intents[0] for each in english}):
        part = [each for each in english if each.message.intents[0] == intent]
        wrong = Counter(each.taken for each in part if not each.is_right)
        confused = ", ".join(f"{taken} {count}" for taken, count in wrong.most_common(4))
        score = percent([each.is_right for each in part])
        rows.append((score, f"| {intent} | {len(part)} | {score:.0f} % | {confused} |"))
    return lines + [line for _, line in sorted(rows)]


def draw_confusions(parsed: list[Parsed]) -> None:
    """Draws the confusion matrix of the English messages."""
    english = chosen(parsed, is_english)
    intents = [*sorted({each.message.intents[0] for each in english}), FALLBACK]
    place = {intent: index for index, intent in enumerate(intents)}
    counts = np.zeros((len(intents), len(intents)))
    for each in english:
        meant = each.taken if each.taken in each.message.intents else each.message.intents[0]
        if each.taken in place and meant in place:
            counts[place[meant], place[each.taken]] += 1
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


def _stock() -> tuple[list[Path], float]:
    """Returns the model with Rasa's defaults, if it is wanted, and how many seconds its training took."""
    if not EPOCHS:
        return [], 0
    model, seconds = trained_nlu()
    return [model], seconds


def main() -> None:
    """Prints the tables, and writes the document and its plot."""
    configure_structlog(logging.WARNING)  # as on the server, so that we do not measure debug logging
    messages = [*all_messages(), *real_messages()]
    with tempfile.TemporaryDirectory() as folder:
        settings = SentenceEncoder.get_default_config()
        write_encoders(Path(folder), settings["quantise"])
        encoder = JointEncoder(Path(folder), settings["max_tokens"], settings["english_share"])
        comparisons = compare(encoder)
        stock_models, stock_training = _stock()
        ours, *others = parse([asyncio.run(load_agent(str(path))) for path in (MODEL, *stock_models)], messages)
        stock = others[0] if others else None
        encoders = encoders_time(encoder)
    draw_confusions(ours.parsed)
    sections = {
        "# Understanding": [
            f"`make bench-nlu` wrote this on {datetime.date.today()}; the notes at the end are from `{NOTES.relative_to(ROOT)}`."
        ],
        "## Goals": [
            "On messages whose writers wrote no training data (`tests/understanding/nlu/`), and on real messages.",
            "",
            *goals(ours.parsed, comparisons),
        ],
        "## Speed": speed(ours, stock, encoders, stock_training),
        "## Compared with Rasa's default pipeline": compared(ours, stock),
        "## HINT3": published(comparisons),
        "## By voice": by_voice(ours.parsed),
        "## By language": by_language(ours.parsed),
        "## By intent": [*by_intent(ours.parsed), "", "![Confusion matrix](confusions.png)"],
    }  # fmt: skip
    text = "\n\n".join([f"{title}\n\n" + "\n".join(lines) for title, lines in sections.items()] + [NOTES.read_text("utf-8")])
    (ROOT / "docs" / "understanding.md").write_text(text.rstrip() + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
