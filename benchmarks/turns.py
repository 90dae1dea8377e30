"""The running assistant beside Rasa as it comes, in one run: prints the table and writes docs/performance.md. `make bench`.

Both run as servers with an action server each, and are asked alternately, one turn at a time, so that what else the machine
does strikes both alike. What counts are the ratios.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import yaml

from benchmarks.stock import ALL_EPOCHS, FOLDER, trained_assistant
from deploy.local import MODEL, START_LIMIT, stop, wait_until_ready
from tests.conftest import free_port

ROOT = Path(__file__).parent.parent
DOCUMENT, PLOT, NOTES = (
    ROOT / "docs" / "performance.md",
    ROOT / "docs" / "performance.png",
    Path(__file__).parent / "turns_notes.md",
)
QUESTIONS = ["what are exosomes", "does it hurt?", "how much does it cost", "is it fda approved", "any side effects", "thanks"]
# The check by its buttons. Ours asks for consent first, and reads the age from the text.
HEALTH, KIND = '/inform{"health_flags": "none"}', '/inform{"hair_loss_type": "pattern"}'
STAGE, TRIED = '/inform{"hair_loss_stage": "early"}', '/inform{"prior_treatments": "minoxidil"}'
HELPED = '/inform{"treatment_response": "did_not_help"}'
CHECK = {
    "ours": ["am i a candidate", "/affirm", "41", HEALTH, KIND, STAGE, TRIED, HELPED],
    "stock": ["/check_candidacy", '/inform{"age": "41"}', HEALTH, KIND, STAGE, TRIED, HELPED],
}
STOCK_EPOCHS = 1  # an epoch more makes no turn slower or faster
ROUNDS, CHECKS = 20, 15
TURNS = {"ours": 1010, "stock": 160}  # of one conversation; stock Rasa would take a quarter of an hour to turn 1,000
WINDOW = 11  # turns around a turn that is reported, of which the median counts
NOT_MEASURED = "not measured yet"


@dataclass
class Side:
    """One of the two assistants, running.

    Attributes:
        name: `ours` or `stock`.
        channel: the address of its channel.
        processes: those that were started for it.
        first_answer: seconds from the start of the processes to the first answer.
    """

    name: str
    channel: str
    processes: list[subprocess.Popen] = field(default_factory=list)
    first_answer: float = 0.0

    def visitor(self) -> str:
        """Returns a new sender."""
        return _post(f"{self.channel}/session", {})["sender"] if self.name == "ours" else uuid.uuid4().hex

    def turn(self, sender: str, message: str) -> float:
        """Returns the milliseconds of one turn.

        Raises:
            RuntimeError: it was not answered, or by the text that stands for a failure.
        """
        began = time.perf_counter()
        replies = _post(f"{self.channel}/webhook", {"sender": sender, "message": message})
        took = 1000 * (time.perf_counter() - began)
        if not replies or any((reply.get("metadata") or {}).get("kind") == "notice" for reply in replies):
            raise RuntimeError(f"{self.name} did not answer {message!r}: {replies}")
        return took

    def memory(self) -> float:
        """Returns the resident memory of all its processes in MB."""
        every = {pid for process in self.processes for pid in (process.pid, *children(process.pid))}
        return sum(memory(pid) for pid in every)


def _post(address: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def children(process: int) -> list[int]:
    """Returns the processes that `process` started, and theirs."""
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children(int(child))]
    return found


def memory(process: int) -> float:
    """Returns the resident memory of a process in MB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def running(name: str, folder: Path, model: Path) -> Iterator[Side]:
    """Runs one side, with an action server and a database of its own, until its first answer and then until the end."""
    port, action_port, secret = free_port(), free_port(), uuid.uuid4().hex
    settings = {"PORT": port, "ACTION_PORT": action_port, "SESSION_SECRET": secret, "CONVERSATIONS_DB": str(folder / "ours.db")}
    environment = {**os.environ, **settings, "OMP_NUM_THREADS": "1", "RATE_LIMIT": "off"}
    server = [sys.executable, "-m", "rasa", "run", "--model", str(model), "--port", port, "-i", "127.0.0.1"]
    if name == "stock":
        store = {"type": "SQL", "dialect": "sqlite", "db": str(folder / "stock.db")}
        actions = {"url": f"http://127.0.0.1:{action_port}/webhook"}
        (FOLDER / "endpoints.yml").write_text(yaml.safe_dump({"action_endpoint": actions, "tracker_store": store}))
        (FOLDER / "credentials.yml").write_text("rest:\n")
    work, path = (ROOT, "web") if name == "ours" else (FOLDER, "rest")
    server += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    side = Side(name, f"http://127.0.0.1:{port}/webhooks/{path}")
    quiet = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = time.perf_counter()
    side.processes.append(subprocess.Popen([sys.executable, "-m", "actions.server"], cwd=ROOT, **quiet))
    side.processes.append(subprocess.Popen(server, cwd=work, **quiet))
    try:
        if not wait_until_ready(f"{side.channel}/{'health' if name == 'ours' else ''}", side.processes):
            raise RuntimeError(f"{name} did not start")
        _first_answer(side)
        side.first_answer = time.perf_counter() - started
        yield side
    finally:
        stop(side.processes)


def _first_answer(side: Side) -> None:
    """Waits for the first answer: stock Rasa is up before its model is loaded, and says nothing until then.

    Raises:
        RuntimeError: there is none.
    """
    until = time.monotonic() + START_LIMIT
    while True:
        try:
            side.turn(side.visitor(), QUESTIONS[0])
            return
        except RuntimeError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def trained_ours() -> float:
    """Returns the seconds that a training of ours from nothing takes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "rasa", "train", "--force", "--skip-validation", "--out", folder]
        started = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.perf_counter() - started


def questions(sides: list[Side]) -> dict[str, list[float]]:
    """Returns the milliseconds of the first turns of many conversations."""
    times: dict[str, list[float]] = {side.name: [] for side in sides}
    for _ in range(ROUNDS):
        senders = {side.name: side.visitor() for side in sides}
        for question in QUESTIONS:
            for side in sides:
                times[side.name].append(side.turn(senders[side.name], question))
    return times


def checks(sides: list[Side]) -> dict[str, list[float]]:
    """Returns for each check the mean milliseconds of its turns, the one that is judged by the action server among them."""
    times: dict[str, list[float]] = {side.name: [] for side in sides}
    for _ in range(CHECKS):
        for side in sides:
            sender = side.visitor()
            times[side.name].append(statistics.mean(side.turn(sender, message) for message in CHECK[side.name]))
    return times


def long_conversations(sides: list[Side]) -> dict[str, list[float]]:
    """Returns the milliseconds of each turn of one conversation."""
    times: dict[str, list[float]] = {side.name: [] for side in sides}
    senders = {side.name: side.visitor() for side in sides}
    for turn in range(max(TURNS.values())):
        for side in sides:
            if turn < TURNS[side.name]:
                times[side.name].append(side.turn(senders[side.name], QUESTIONS[turn % len(QUESTIONS)]))
    return times


def at(turn: int, times: list[float]) -> float:
    """Returns what a turn costs around the turn with that number."""
    return statistics.median(times[turn - 1 - WINDOW // 2 : turn + WINDOW // 2])


def percentile(times: list[float]) -> float:
    """Returns the 95th percentile."""
    return statistics.quantiles(times, n=20)[-1]


def draw(long: dict[str, list[float]]) -> None:
    """Draws what a turn costs against its number in the conversation."""
    figure, axes = plt.subplots(figsize=(8, 4))
    for name, label in (("stock", "Rasa 3.6.21 as it comes"), ("ours", "this assistant")):
        turns = range(WINDOW // 2 + 1, len(long[name]) - WINDOW // 2 + 1)
        axes.plot(turns, [at(turn, long[name]) for turn in turns], label=label)
    axes.set(xlabel="turn of one conversation", ylabel="ms, page to answer", xscale="log", yscale="log")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    figure.tight_layout()
    figure.savefig(PLOT, dpi=110)
    plt.close(figure)


def row(what: str, ours: float, stock: float, unit: str, goal: float) -> list[str]:
    """Returns a row of the table from two measurements."""
    digits = 0 if min(ours, stock) >= 100 else 1
    ratio = ours / stock
    met = "yes" if ratio <= goal else "no"
    return [what, f"{ours:.{digits}f} {unit}", f"{stock:.{digits}f} {unit}", f"{ratio:.2f}", f"{goal}", met]


def table(rows: list[list[str]]) -> str:
    """Returns `rows` as a table."""
    head = ["what", "this assistant", "Rasa as it comes", "ratio", "goal", "met"]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def main() -> None:
    """Measures, prints the table and writes the document and its picture."""
    stock_model, stock_training = trained_assistant(STOCK_EPOCHS)
    our_training = trained_ours()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        models = {"ours": ROOT / MODEL, "stock": stock_model}
        sides = [stack.enter_context(running(name, folder, model)) for name, model in models.items()]
        asked, checked, long = questions(sides), checks(sides), long_conversations(sides)
        ours, stock = sides
        sizes = [side.memory() for side in sides]
    at_10, at_150, at_1000 = at(10, long["ours"]), at(150, long["ours"]), at(1000, long["ours"])
    stock_10, stock_150 = at(10, long["stock"]), at(150, long["stock"])
    flat = at_1000 / at_10
    epochs = f"{stock_training:.0f} s for {STOCK_EPOCHS} of {ALL_EPOCHS} epochs"
    rows = [
        row("one turn, page to answer, median", *map(statistics.median, asked.values()), "ms", 0.35),
        row("one turn, 95th percentile", *map(percentile, asked.values()), "ms", 0.35),
        row("a turn of the check, action server included", *map(statistics.median, checked.values()), "ms", 0.5),
        row("turn 150 of one conversation", at_150, stock_150, "ms", 0.35),
        ["turn 1,000 against turn 10", f"{flat:.2f} ×", f"{stock_150 / stock_10:.1f} × at turn 150 already", "", "1.2 ×",
         "yes" if flat <= 1.2 else "no"],
        ["turns a second and core, 200 visitors at once", NOT_MEASURED, NOT_MEASURED, "", "3", ""],
        row(f"memory, all processes, after {sum(TURNS.values()) // 2 + ROUNDS * len(QUESTIONS)} turns", *sizes, "MB", 0.6),
        ["memory, all processes, after 10,000 conversations", NOT_MEASURED, NOT_MEASURED, "", "0.6", ""],
        row("start to first answer", ours.first_answer, stock.first_answer, "s", 0.4),
        ["training on the full data", f"{our_training:.0f} s", epochs, NOT_MEASURED, "0.1", ""],
    ]  # fmt: skip
    draw(long)
    text = "\n\n".join([
        "# Performance",
        "Written by `make bench`; the notes at the end are from benchmarks/turns_notes.md.",
        f"Python {platform.python_version()}, {os.cpu_count()} cores, one thread each; asked alternately, one turn at a time.",
        table(rows),
        f"![What a turn costs, by its number in the conversation]({PLOT.name})",
        NOTES.read_text(encoding="utf-8").strip(),
    ])  # fmt: skip
    DOCUMENT.write_text(text + "\n", encoding="utf-8")
    print(table(rows))


if __name__ == "__main__":
    main()
