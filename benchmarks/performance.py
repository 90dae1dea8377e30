"""`make bench`: compares the running assistant with stock Rasa in one run. Prints the table and writes docs/performance.md.

Both run as servers, each with its own action server. The ratios are what matters. BENCH_SHARE=0.05 makes it a short run that only
prints its results.
"""

from __future__ import annotations

import asyncio
import os
import platform
import statistics
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import matplotlib.pyplot as plt

from benchmarks import load
from benchmarks.fresh_clone import FreshClone, from_a_fresh_clone
from benchmarks.machine import Machine
from benchmarks.sides import ROOT, running
from benchmarks.stock import ALL_EPOCHS, trained_assistant
from benchmarks.turns import WINDOW, at, checks, long_conversations, questions
from benchmarks.visitors import percentile
from commands.run import MODEL

DOCUMENT, PLOT = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance.png"
NOTES = Path(__file__).parent / "performance_notes.md"
SHARE = float(os.environ.get("BENCH_SHARE", "1"))
ROUNDS, CHECKS = 20, 15
STORED = 20  # conversations
MAX_DRIFT = 0.1  # of the time of a turn, over a thousand turns
STOCK_EPOCHS = 1  # more epochs would not make a turn slower or faster
LABELS = {"stock": "stock Rasa 3.6.21", "ours": "this assistant"}


def share(whole: float) -> int:
    """Returns the part of `whole` that this run measures."""
    return max(1, round(SHARE * whole))


def draw(long: dict[str, list[float]], steps: dict[str, list[load.Step]], sizes: dict[str, list[tuple[int, float]]]) -> None:
    """Draws the cost of a turn by its number, the wait by the rate, and the memory by the number of conversations."""
    figure, (cost, wait, size) = plt.subplots(3, figsize=(8, 12))
    for name, label in LABELS.items():
        turns = range(WINDOW // 2 + 1, len(long[name]) - WINDOW // 2 + 1)
        cost.plot(turns, [at(turn, long[name]) for turn in turns], label=label)
        wait.plot(*zip(*sorted((step.rate, step.wait) for step in steps[name]), strict=True), marker="o", label=label)
        size.plot(*zip(*sizes[name], strict=True), label=label)
    cost.set(xlabel="turn of one conversation", ylabel="ms, page to answer", xscale="log", yscale="log")
    wait.axhline(load.MAX_WAIT, color="grey", linestyle=":")
    wait.set(xlabel=f"turns a second, {load.VISITORS} visitors at once", ylabel="ms, 95th percentile", yscale="log")
    size.set(xlabel="conversations held", ylabel="MB, all processes", ylim=0)
    for axes in (cost, wait, size):
        axes.grid(alpha=0.3, which="both")
        axes.legend()
    figure.tight_layout()
    figure.savefig(PLOT, dpi=110)
    plt.close(figure)


def row(what: str, ours: float, stock: float, unit: str, goal: float) -> list[str]:
    """Returns a row of the table from two measurements."""
    digits = 0 if min(ours, stock) >= 100 else 1
    ratio = ours / stock
    return [what, f"{ours:.{digits}f} {unit}", f"{stock:.{digits}f} {unit}", f"{ratio:.2f}", f"{goal}", met(ratio <= goal)]


def met(reached: bool) -> str:
    """Returns the table's word for whether a goal is met."""
    return "yes" if reached else "no"


def flat_row(long: dict[str, list[float]]) -> list[str]:
    """Returns the row for a late turn against an early one."""
    flat = at(1000, long["ours"]) / at(10, long["ours"])
    stock = at(150, long["stock"]) / at(10, long["stock"])
    is_flat = abs(flat - 1) <= MAX_DRIFT
    return ["turn 1,000 against turn 10", f"{flat:.2f} ×", f"{stock:.1f} × at turn 150 already", "", "1.0 ± 0.1", met(is_flat)]


def throughput_rows(steps: dict[str, list[load.Step]]) -> Iterable[list[str]]:
    """Yields the rows for many visitors at once."""
    ours, stock = load.best(steps["ours"]), load.best(steps["stock"])
    what = f"{load.VISITORS} visitors at once, 95th percentile under {load.MAX_WAIT:.0f} ms: turns a second"
    yield [what, f"{ours.rate:.1f}", f"{stock.rate:.1f}", f"{ours.rate / stock.rate:.1f}", "", ""]
    per_core = [step.rate / step.cores for step in (ours, stock)]
    ratio = per_core[0] / per_core[1]
    yield [f"{what} and core used", *(f"{rate:.1f}" for rate in per_core), f"{ratio:.1f}", "10", met(ratio >= 10)]


def memory_rows(sizes: dict[str, list[tuple[int, float]]]) -> Iterable[list[str]]:
    """Yields the rows for many conversations."""
    held = {name: f"after {samples[-1][0]:,} conversations" for name, samples in sizes.items()}
    ends = {name: samples[-1][1] for name, samples in sizes.items()}
    ratio = ends["ours"] / ends["stock"]
    amounts = [f"{ends[name]:.0f} MB {held[name]}" for name in ("ours", "stock")]
    yield ["memory, all processes", *amounts, f"{ratio:.2f}", "0.25", met(ratio <= 0.25)]
    settled = share(load.SETTLED)
    growths = [load.growth(sizes[name], settled) for name in ("ours", "stock")]
    yield [
        f"the same against after {settled:,}", *(f"{factor:.2f} ×" for factor in growths), "", "1.05 ×", met(growths[0] <= 1.05)
    ]  # fmt: skip


def setup_rows(clone: FreshClone, one_epoch: float) -> Iterable[list[str]]:
    """Yields the rows for training and for a whole set-up."""
    stock = f"{one_epoch:.0f} s for 1 of {ALL_EPOCHS} epochs"
    yield ["training on the full data", f"{clone.training:.0f} s", stock, "", "60 s", met(clone.training <= 60)]
    yield ["a fresh clone to a page that answers", f"{clone.answer:.0f} s", "", "", "120 s", met(clone.answer <= 120)]


def table(rows: list[list[str]]) -> str:
    """Returns `rows` as a table."""
    head = ["what", "this assistant", "stock Rasa", "ratio", "goal", "met"]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def main() -> None:
    """Measures, prints the table, and writes the document and its plot."""
    machine, rows = Machine(), list[list[str]]()

    def add(what: str, new: Iterable[list[str]]) -> None:
        rows.extend([f"{name}{machine.mark(what)}", *cells] for name, *cells in new)

    stock_model, one_epoch = trained_assistant(STOCK_EPOCHS)
    with machine.watching("a fresh clone"):
        clone = from_a_fresh_clone()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        models = {"ours": ROOT / MODEL, "stock": stock_model}
        with machine.watching("the start"):
            sides = [stack.enter_context(running(name, folder, model)) for name, model in models.items()]
        ours, stock = sides
        with machine.watching("one turn at a time"):
            asked, checked = questions(sides, share(ROUNDS)), checks(sides, share(CHECKS))
            long = long_conversations(sides)
        rows_stored, bytes_stored = zip(*(side.stored(share(STORED)) for side in sides), strict=True)
        with machine.watching("many visitors"):
            steps = load.throughput(sides, SHARE * load.STEP)
        with machine.watching("many conversations"):
            sizes = asyncio.run(load.memory(sides, share(load.CONVERSATIONS)))
    add("one turn at a time", [
        row("one turn, page to answer, median", *map(statistics.median, asked.values()), "ms", 0.15),
        row("one turn, 95th percentile", *map(percentile, asked.values()), "ms", 0.15),
        row("a turn of the check, its judgement included", *map(statistics.median, checked.values()), "ms", 0.15),
        row("turn 150 of one conversation", at(150, long["ours"]), at(150, long["stock"]), "ms", 0.15),
        flat_row(long),
        row("stored for a conversation of questions and the check: rows", *rows_stored, "", 0.33),
        row("the same: size", *bytes_stored, "kB", 0.33),
    ])  # fmt: skip
    add("many visitors", throughput_rows(steps))
    add("many conversations", memory_rows(sizes))
    add("the start", [row("start to first answer", ours.first_answer, stock.first_answer, "s", 0.1)])
    add("a fresh clone", setup_rows(clone, one_epoch))
    print(table(rows))
    if SHARE < 1:
        return
    draw(long, steps, sizes)
    text = "\n\n".join([
        "# Performance",
        "Written by `make bench`; the notes at the end are from benchmarks/performance_notes.md.",
        "\n".join([f"Python {platform.python_version()}, one thread for each process.", *machine.described()]),
        table(rows),
        f"![What a turn costs by its number, the wait by the rate, and the memory by the conversations held]({PLOT.name})",
        NOTES.read_text(encoding="utf-8").strip(),
    ])  # fmt: skip
    DOCUMENT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
