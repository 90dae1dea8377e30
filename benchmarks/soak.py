"""`make soak MINUTES=30`: holds mixed conversations while parts fail. Prints the results and writes docs/reliability.md.

The assistant runs the way `make run` starts it, with its own database and ports. Returns 1 if a turn was wrong, lost or doubled.
A short run (under ten minutes) only prints its results.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, cycle
from pathlib import Path

import aiohttp
import matplotlib.pyplot as plt
import psutil

from benchmarks.faults import FAULTS, OF_THE_STORE, Fault, kill_rasa
from benchmarks.sides import MB, ROOT
from benchmarks.visitors import (
    ANSWERED,
    HUNG_UP,
    PATIENCE,
    REFUSED,
    UNREACHED,
    WITHOUT_PAST,
    Crowd,
    Event,
    Tally,
    count,
    percentile,
    waits,
)
from components.storage.database import RETRY_AFTER_FAILURE, WAIT_LIMIT
from tests.support.servers import Server, running

DOCUMENT, PLOT = ROOT / "docs" / "reliability.md", ROOT / "docs" / "reliability.png"
NOTES = Path(__file__).parent / "soak_notes.md"
WORTH_WRITING = 10  # minutes
VISITORS, THINK = 40, 6.0  # six to seven messages per second altogether
IMPATIENT = 0.1
FIRST = [kill_rasa] * 5  # early, so that the last Rasa lives long enough to measure it
BETWEEN = 20.0  # seconds from one fault to the next, or a thirtieth of a short run
WARM = 120.0  # seconds after which memory should be flat, or a quarter of a short run
SAMPLED = 5.0  # seconds between two memory samples
FLAT = 1.05
# Invalid messages: the body, and the status that it must get.
NONSENSE = [
    (b"[1", 400), (b"[]", 400), (b"null", 400), (b"{}", 401), (b'{"sender": ["x"], "message": "hi"}', 400), (b"\xff\xfe", 400),
    (b"[" * 20_000, 400), (b"x" * 200_000, 413),
]  # fmt: skip
BETWEEN_NONSENSE = 2.0  # seconds


@dataclass
class Stretch:
    """One fault, from its start (`time.monotonic`) until everything should work again."""

    fault: Fault
    began: float
    ended: float = math.inf


@dataclass
class Report:
    """The results of a soak.

    Attributes:
        tally: the visitors' tally.
        stretches: the faults and when they happened.
        sizes: samples of the time, Rasa's process id, its memory and the action server's memory in MB.
        refused: how many malformed requests were refused correctly.
        mistreated: descriptions of those that were not.
    """

    tally: Tally
    stretches: list[Stretch] = field(default_factory=list)
    sizes: list[tuple[float, int, float, float]] = field(default_factory=list)
    refused: int = 0
    mistreated: list[str] = field(default_factory=list)

    def store_fails(self, began: float, ended: float) -> bool:
        """Whether a store fault happened between two times."""
        of_store = (stretch for stretch in self.stretches if stretch.fault in OF_THE_STORE)
        return any(stretch.began <= ended and stretch.ended >= began for stretch in of_store)

    @property
    def faults(self) -> list[str]:
        """Descriptions of everything that must not happen."""
        return [*self.tally.faults, *self.mistreated]


async def soak(server: Server, seconds: float, faults: Iterable[Fault], visitors: int = VISITORS, think: float = THINK) -> Report:
    """Has visitors talk to the running assistant for `seconds`, while one fault follows another."""
    crowd = Crowd(server.address, visitors, think, seconds, impatient=IMPATIENT)
    report = Report(crowd.tally)
    crowd.store_fails = report.store_fails
    ends = time.monotonic() + seconds
    endless = [asyncio.ensure_future(work) for work in (_watch(server, report), _disturb(server, report))]
    await asyncio.gather(crowd.run(), _inject(server, report, iter(faults), ends))
    for task in endless:
        task.cancel()
    for result in await asyncio.gather(*endless, return_exceptions=True):
        if not isinstance(result, asyncio.CancelledError):
            raise result
    return report


async def _inject(server: Server, report: Report, faults: Iterator[Fault], ends: float) -> None:
    pause = min(BETWEEN, (ends - time.monotonic()) / 30)
    for fault in faults:
        await asyncio.sleep(pause)
        if time.monotonic() > ends:
            return
        stretch = Stretch(fault, time.monotonic())
        report.stretches.append(stretch)
        await fault(server)
        if fault in OF_THE_STORE:
            await asyncio.sleep(WAIT_LIMIT + RETRY_AFTER_FAILURE)  # we leave a failed database alone for a moment
        stretch.ended = time.monotonic()


async def _watch(server: Server, report: Report) -> None:
    while True:
        with contextlib.suppress(ValueError, psutil.NoSuchProcess):  # it has just been killed
            rasa, actions = server.part("commands.rasa"), server.part("actions.server")
            report.sizes.append((time.monotonic(), rasa.pid, rasa.memory_info().rss / MB, actions.memory_info().rss / MB))
        await asyncio.sleep(SAMPLED)


async def _disturb(server: Server, report: Report) -> None:
    """Sends invalid messages, and half a request from a sender who disappears."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as client:
        while True:
            await asyncio.sleep(BETWEEN_NONSENSE)
            body, status = random.choice(NONSENSE)
            headers = {"Content-Type": "application/json"}
            try:
                async with client.post(f"{server.address}/webhook", data=body, headers=headers) as answer:
                    right = answer.status == status and (await answer.json())["emergency"]
                    said = f"{body[:20]!r} got {answer.status}"
                _, writer = await asyncio.open_connection("127.0.0.1", int(server.port))
                writer.write(b"POST /webhooks/web/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
                writer.close()
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
                continue  # Rasa is restarting
            if right:
                report.refused += 1
            else:
                report.mistreated.append(said)


def growth(report: Report) -> tuple[float, float, float, float]:
    """Returns the last Rasa's memory in MB: at its start, once warm and at the end, and the ratio of the last two."""
    last = report.sizes[-1][1]
    life = [(at, size) for at, process, size, _ in report.sizes if process == last]
    warm = life[0][0] + min(WARM, (life[-1][0] - life[0][0]) / 4)
    settled = [size for at, size in life if at >= warm]
    tenth = max(1, len(settled) // 10)
    early, late = statistics.median(settled[:tenth]), statistics.median(settled[-tenth:])
    return life[0][1], early, late, late / early


def table(head: list[str], rows: list[list[object]]) -> str:
    """Returns `rows` as a table."""
    return "\n".join(f"| {' | '.join(map(str, cells))} |" for cells in (head, ["---"] * len(head), *rows))


def calm(report: Report) -> list[Event]:
    """Returns the events from the time when nothing was broken."""
    met = {id(event) for stretch in report.stretches for event in report.tally.during(stretch.began, stretch.ended)}
    return [event for event in report.tally.events if id(event) not in met]


def fault_rows(report: Report) -> list[list[object]]:
    """Returns what visitors got during each fault, and while there was none."""
    met: list[tuple[str, object, list[Event]]] = []
    for fault, name in FAULTS.items():
        stretches = [stretch for stretch in report.stretches if stretch.fault is fault]
        if stretches:
            events = [event for stretch in stretches for event in report.tally.during(stretch.began, stretch.ended)]
            met.append((name, len(stretches), events))
    rows: list[list[object]] = []
    for name, times, events in [*met, ("none of these", "", calm(report))]:
        hows, longest = count(events), max(waits(events), default=0) / 1000
        rows.append([name, times, *(hows[how] for how in (ANSWERED, REFUSED, WITHOUT_PAST, UNREACHED)), f"{longest:.1f} s"])
    return rows


def written(report: Report, minutes: float) -> str:
    """Returns the report as text."""
    tally, hows = report.tally, count(report.tally.events)
    answered = waits(tally.events)
    undisturbed = waits(calm(report))
    start, early, late, grown = growth(report)
    actions = statistics.median(size for *_, size in report.sizes)
    rows: list[list[object]] = [
        ["turns answered correctly", f"{hows[ANSWERED]:,}"],
        ["completed conversations", f"{tally.conversations:,}"],
        ["turns refused honestly, then repeated", hows[REFUSED]],
        ["turns answered without their past, then repeated", hows[WITHOUT_PAST]],
        ["messages where a visitor hung up and sent them again", hows[HUNG_UP]],
        ["wrong replies", len(tally.wrong)],
        ["turns lost", len(tally.lost)],
        ["turns doubled", len(tally.doubled)],
        ["malformed and huge requests: refused correctly / not", f"{report.refused} / {len(report.mistreated)}"],
        ["a turn while nothing was broken, median / 95th percentile",
         f"{statistics.median(undisturbed):.0f} / {percentile(undisturbed):.0f} ms"],
        ["all turns, 95th percentile", f"{percentile(answered):.0f} ms"],
        ["memory of Rasa: started / warm / at the end", f"{start:.0f} / {early:.0f} / {late:.0f} MB"],
        ["flat within 5 % from warm to the end", f"{'yes' if grown <= FLAT else 'no'}, {grown:.3f} ×"],
        ["memory of the action server, median", f"{actions:.0f} MB"],
    ]  # fmt: skip
    head = ["fault", "times", ANSWERED, REFUSED, WITHOUT_PAST, UNREACHED, "longest wait"]
    return "\n\n".join([
        f"{minutes:g} minutes, {VISITORS} visitors at once, Python {platform.python_version()}, {os.cpu_count()} cores.",
        table(["what", "how many"], rows),
        "What visitors got while something was broken (for the database, until two and a half seconds later):",
        table(head, fault_rows(report)),
    ])  # fmt: skip


def draw(report: Report, picture: Path) -> None:
    """Draws the memory of both processes over time, and marks the faults."""
    figure, axes = plt.subplots(figsize=(8, 4))
    began = report.sizes[0][0]
    minutes = [(at - began) / 60 for at, *_ in report.sizes]
    axes.plot(minutes, [size for _, _, size, _ in report.sizes], label="Rasa")
    axes.plot(minutes, [size for *_, size in report.sizes], label="action server")
    for stretch in report.stretches:
        axes.axvline(
            (stretch.began - began) / 60, color="red" if stretch.fault is kill_rasa else "grey", alpha=0.4, linewidth=0.7
        )
    axes.set(xlabel="minutes (red: Rasa killed; grey: another fault)", ylabel="MB", ylim=0)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(picture, dpi=110)
    plt.close(figure)


def main() -> int:
    """Runs the soak, and prints and writes the results. Returns 1 if a turn was wrong, lost or doubled."""
    minutes = float(os.environ.get("MINUTES", "30"))
    others = [fault for fault in FAULTS if fault not in FIRST]
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "conversations.db", RATE_LIMIT="off") as server:
        report = asyncio.run(soak(server, 60 * minutes, chain(FIRST, cycle(others))))
    seen = written(report, minutes)
    print(seen)
    if minutes >= WORTH_WRITING:
        draw(report, PLOT)
        text = ["# Reliability", "Written by `make soak`; the notes at the end are from benchmarks/soak_notes.md.", seen]
        text += [f"![Memory over the time]({PLOT.name})", NOTES.read_text(encoding="utf-8").strip()]
        DOCUMENT.write_text("\n\n".join(text) + "\n", encoding="utf-8")
    for line in report.faults:
        print(line)
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
