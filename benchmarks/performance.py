"""`make bench`: compares the running assistant with stock Rasa in one run. Prints the table and writes docs/performance.md.

Both run as servers, each with its own action server. The ratios are what matters. BENCH_SHARE=0.05 makes it a short run that only
prints its results.
"""

from __future__ import annotations

import asyncio
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import matplotlib.pyplot as plt

from benchmarks import load
from benchmarks.sides import ROOT, running
from benchmarks.stock import ALL_EPOCHS, trained_assistant
from benchmarks.turns import WINDOW, at, checks, long_conversations, questions
from benchmarks.visitors import percentile
from commands.run import MODEL

DOCUMENT, PLOT = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance.png"
NOTES = Path(__file__).parent / "performance_notes.md"
SHARE = float(os.environ.get("BENCH_SHARE", "1"))
ROUNDS, CHECKS = 20, 15
STOCK_EPOCHS = 1  # more epochs would not make a turn slower or faster
LABELS = {"stock": "stock Rasa 3.6.21", "ours": "this assistant"}


def share(whole: float) -> int:
    """Returns the part of `whole` that this run measures."""
    return max(1, round(SHARE * whole))


def trained_ours() -> float:
    """Returns how many seconds it takes to train our model from scratch."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "rasa", "train", "--force", "--skip-validation", "--out", folder]
        started = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.perf_counter() - started


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


def load_rows(steps: dict[str, list[load.Step]], sizes: dict[str, list[tuple[int, float]]]) -> Iterable[list[str]]:
    """Yields the rows for many visitors at once and for many conversations."""
    ours, stock = load.best(steps["ours"]), load.best(steps["stock"])
    what = f"{load.VISITORS} visitors at once, 95th percentile under {load.MAX_WAIT:.0f} ms: turns a second"
    for named, values in (
        (what, [step.rate for step in (ours, stock)]),
        (f"{what} and core used", [step.rate / step.cores for step in (ours, stock)]),
    ):
        ratio = values[0] / values[1]
        yield [named, f"{values[0]:.1f}", f"{values[1]:.1f}", f"{ratio:.1f}", "3", met(ratio >= 3)]
    held = {name: f"after {samples[-1][0]:,} conversations" for name, samples in sizes.items()}
    ends = {name: samples[-1][1] for name, samples in sizes.items()}
    ratio = ends["ours"] / ends["stock"]
    amounts = [f"{ends[name]:.0f} MB {held[name]}" for name in ("ours", "stock")]
    yield ["memory, all processes", *amounts, f"{ratio:.2f}", "0.6", met(ratio <= 0.6)]
    settled = share(load.SETTLED)
    growths = [load.growth(sizes[name], settled) for name in ("ours", "stock")]
    yield [
        f"the same against after {settled:,}", *(f"{factor:.2f} ×" for factor in growths), "", "1.05 ×", met(growths[0] <= 1.05)
    ]  # fmt: skip


def training_row(ours: float, one_epoch: float, two_epochs: float) -> list[str]:
    """Returns the row for training.

    Rasa's batches grow from 64 to 256 examples over the epochs, and large batches take the least time. The second of two epochs
    has the largest ones, so 99 more like it take less time than 100 epochs really would.
    """
    bound = one_epoch + (ALL_EPOCHS - 1) * (two_epochs - one_epoch)
    stock = (
        f"at least {bound / 3600:.1f} h for {ALL_EPOCHS} epochs, computed from 1 ({one_epoch:.0f} s) and 2 ({two_epochs:.0f} s)"
    )
    return [
        "training on the full data", f"{ours:.0f} s, measured", stock, f"{ours / bound:.3f}", "0.1", met(ours / bound <= 0.1)
    ]  # fmt: skip


def table(rows: list[list[str]]) -> str:
    """Returns `rows` as a table."""
    head = ["what", "this assistant", "stock Rasa", "ratio", "goal", "met"]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def main() -> None:
    """Measures, prints the table, and writes the document and its plot."""
    stock_model, one_epoch = trained_assistant(STOCK_EPOCHS)
    two_epochs = trained_assistant(STOCK_EPOCHS + 1)[1]
    our_training = trained_ours()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        models = {"ours": ROOT / MODEL, "stock": stock_model}
        sides = [stack.enter_context(running(name, folder, model)) for name, model in models.items()]
        asked, checked = questions(sides, share(ROUNDS)), checks(sides, share(CHECKS))
        long = long_conversations(sides)
        steps = load.throughput(sides, SHARE * load.STEP)
        sizes = asyncio.run(load.memory(sides, share(load.CONVERSATIONS)))
        ours, stock = sides
    at_10, at_150, at_1000 = at(10, long["ours"]), at(150, long["ours"]), at(1000, long["ours"])
    stock_10, stock_150 = at(10, long["stock"]), at(150, long["stock"])
    flat = at_1000 / at_10
    rows = [
        row("one turn, page to answer, median", *map(statistics.median, asked.values()), "ms", 0.35),
        row("one turn, 95th percentile", *map(percentile, asked.values()), "ms", 0.35),
        row("a turn of the check, action server included", *map(statistics.median, checked.values()), "ms", 0.5),
        row("turn 150 of one conversation", at_150, stock_150, "ms", 0.35),
        ["turn 1,000 against turn 10", f"{flat:.2f} ×", f"{stock_150 / stock_10:.1f} × at turn 150 already", "", "1.2 ×",
         met(flat <= 1.2)],
        *load_rows(steps, sizes),
        row("start to first answer", ours.first_answer, stock.first_answer, "s", 0.4),
        training_row(our_training, one_epoch, two_epochs),
    ]  # fmt: skip
    print(table(rows))
    if SHARE < 1:
        return
    draw(long, steps, sizes)
    text = "\n\n".join([
        "# Performance",
        "Written by `make bench`; the notes at the end are from benchmarks/performance_notes.md.",
        f"Python {platform.python_version()}, {os.cpu_count()} cores, one thread each.",
        table(rows),
        f"![What a turn costs by its number, the wait by the rate, and the memory by the conversations held]({PLOT.name})",
        NOTES.read_text(encoding="utf-8").strip(),
    ])  # fmt: skip
    DOCUMENT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
