"""`make soak MINUTES=30`: holds mixed conversations while parts fail. Prints the results and writes docs/reliability.md.

The assistant runs the way `make run` starts it, with its own database and ports. Returns 1 if a turn was wrong, lost or doubled,
if a fault found something amiss, if an attacker kept the visitors waiting, or if the servers took too much memory. A short run
(under ten minutes) only prints its results.
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
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, cycle
from pathlib import Path

import aiohttp
import matplotlib.pyplot as plt
import psutil
import yaml

from benchmarks.faults import FAULTS, KILLS, STORE_FAILURES, UNNOTICED, Fault, Scene, max_wait
from benchmarks.sides import MB, ROOT
from benchmarks.visitors import (
    ANSWERED,
    HUNG_UP,
    REFUSED,
    SLOWED,
    UNREACHED,
    WITHOUT_PAST,
    Crowd,
    Event,
    Tally,
    client,
    count,
    percentile,
    waits,
)
from tests.support import hard_kill
from tests.support.servers import running

DOCUMENT, PLOT = ROOT / "docs" / "reliability.md", ROOT / "docs" / "reliability.png"
NOTES = Path(__file__).parent / "soak_notes.md"
WORTH_WRITING = 10  # minutes
VISITORS, THINK = 40, 6.0  # six to seven messages per second altogether
IMPATIENT = 0.1
ROUNDS_OF_KILLS = 3  # early, so that the last Rasa lives long enough to measure it; one in a short run
BETWEEN = 20.0  # seconds from one fault to the next, or a sixtieth of a short run
WARM = 120.0  # seconds after which memory should be flat, or a quarter of a short run
SAMPLED = 2.0  # seconds between two memory samples
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
        failed: descriptions of what a fault found amiss.
    """

    tally: Tally
    stretches: list[Stretch] = field(default_factory=list)
    sizes: list[tuple[float, int, float, float]] = field(default_factory=list)
    refused: int = 0
    mistreated: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def store_fails(self, began: float, ended: float) -> bool:
        """Whether a store fault happened between two times."""
        of_store = (stretch for stretch in self.stretches if stretch.fault in STORE_FAILURES)
        return any(stretch.began <= ended and stretch.ended >= began for stretch in of_store)

    @property
    def faults(self) -> list[str]:
        """Descriptions of everything that must not happen."""
        return [*self.tally.faults, *self.mistreated, *self.failed, *stalled(self), *too_large(self)]


async def soak(scene: Scene, seconds: float, faults: Iterable[Fault], visitors: int = VISITORS, think: float = THINK) -> Report:
    """Has visitors talk to the running assistant for `seconds`, while one fault follows another."""
    crowd = Crowd(scene.server.address, visitors, think, seconds, impatient=IMPATIENT)
    report = Report(crowd.tally)
    crowd.store_fails = report.store_fails
    ends = time.monotonic() + seconds
    endless = [asyncio.ensure_future(work) for work in (_watch(scene, report), _disturb(scene, report, visitors))]
    await asyncio.gather(crowd.run(), _inject(scene, report, iter(faults), ends))
    for task in endless:
        task.cancel()
    for result in await asyncio.gather(*endless, return_exceptions=True):
        if not isinstance(result, asyncio.CancelledError):
            raise result
    return report


async def _inject(scene: Scene, report: Report, faults: Iterator[Fault], ends: float) -> None:
    began = time.monotonic()
    pause = min(BETWEEN, (ends - began) / 60)
    for fault in faults:
        await asyncio.sleep(pause)
        if time.monotonic() > ends:
            return
        stretch = Stretch(fault, time.monotonic())
        report.stretches.append(stretch)
        print(f"{(stretch.began - began) / 60:4.1f} min: {FAULTS[fault]}", flush=True)
        try:
            await fault(scene)
        except Exception as error:  # whatever it is, the run goes on
            report.failed.append(f"{FAULTS[fault]}: {type(error).__name__}: {error}")
            print(report.failed[-1], flush=True)
        stretch.ended = time.monotonic()


async def _watch(scene: Scene, report: Report) -> None:
    while True:
        with contextlib.suppress(ValueError, psutil.Error):  # it has just been killed
            rasa, actions = scene.server.part("commands.rasa"), scene.server.part("actions.server")
            report.sizes.append((time.monotonic(), rasa.pid, rasa.memory_info().rss / MB, actions.memory_info().rss / MB))
        await asyncio.sleep(SAMPLED)


async def _disturb(scene: Scene, report: Report, number: int) -> None:
    """Sends invalid messages as visitor `number`, and half a request from a sender who disappears."""
    async with client(number) as session:
        while True:
            await asyncio.sleep(BETWEEN_NONSENSE)
            body, status = random.choice(NONSENSE)
            headers = {"Content-Type": "application/json"}
            try:
                async with session.post(f"{scene.server.address}/webhook", data=body, headers=headers) as answer:
                    right = answer.status == status and (await answer.json()).get("emergency")
                    said = f"{body[:20]!r} got {answer.status}"
                _, writer = await asyncio.open_connection("127.0.0.1", int(scene.server.port))
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
    disturbed = {id(event) for stretch in report.stretches for event in report.tally.during(stretch.began, stretch.ended)}
    return [event for event in report.tally.events if id(event) not in disturbed]


def met(report: Report, fault: Fault) -> list[Event]:
    """Returns the events during a fault."""
    stretches = [stretch for stretch in report.stretches if stretch.fault is fault]
    return [event for stretch in stretches for event in report.tally.during(stretch.began, stretch.ended)]


def late(events: list[Event]) -> float:
    """Returns the 95th percentile of the waits in milliseconds; 0 if there are too few to tell."""
    answered = waits(events)
    return percentile(answered) if len(answered) > 1 else 0.0


def stalled(report: Report) -> list[str]:
    """Describes the faults that no other visitor should notice, and that kept visitors waiting or had them refused."""
    limit = max_wait(usual=late(calm(report)))
    noticed = []
    for fault, name in UNNOTICED.items():
        events = met(report, fault)
        refused, wait = count(events)[REFUSED], late(events)
        if refused or wait > limit:
            noticed.append(f"stalled: {name}: 95th percentile {wait:.0f} ms of at most {limit:.0f}, {refused} refused")
    return noticed


def memory_limit() -> float:
    """Returns the MB that a container with both servers may take."""
    limit: str = yaml.safe_load((ROOT / "deploy" / "compose.yml").read_text(encoding="utf-8"))["x-rasa"]["mem_limit"]
    return float(limit.removesuffix("m"))


def largest(report: Report) -> float:
    """Returns the most MB that both servers took together."""
    return max(rasa + actions for *_, rasa, actions in report.sizes)


def too_large(report: Report) -> list[str]:
    """Describes how the servers took more memory than they may."""
    size, limit = largest(report), memory_limit()
    return [f"memory: {size:.0f} MB of at most {limit:.0f}"] if size > limit else []


def fault_rows(report: Report) -> list[list[object]]:
    """Returns what visitors got during each fault, and while there was none."""
    times = Counter(stretch.fault for stretch in report.stretches)
    rows: list[tuple[str, object, list[Event]]] = [
        (name, times[fault], met(report, fault)) for fault, name in FAULTS.items() if times[fault]
    ]
    hows = (ANSWERED, REFUSED, WITHOUT_PAST, UNREACHED, SLOWED)
    return [
        [
            name,
            number,
            *(count(events)[how] for how in hows),
            f"{late(events):.0f} ms",
            f"{max(waits(events), default=0) / 1000:.1f} s",
        ]
        for name, number, events in [*rows, ("none of these", "", calm(report))]
    ]


def written(report: Report, minutes: float) -> str:
    """Returns the report as text."""
    tally, hows = report.tally, count(report.tally.events)
    answered = waits(tally.events)
    undisturbed = waits(calm(report))
    start, warm, end, grown = growth(report)
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
        ["memory of Rasa: started / warm / at the end", f"{start:.0f} / {warm:.0f} / {end:.0f} MB"],
        ["flat within 5 % from warm to the end", f"{'yes' if grown <= FLAT else 'no'}, {grown:.3f} ×"],
        ["memory of the action server, median", f"{actions:.0f} MB"],
        ["memory of both at most / allowed in a container", f"{largest(report):.0f} / {memory_limit():.0f} MB"],
    ]  # fmt: skip
    head = ["fault", "times", ANSWERED, REFUSED, WITHOUT_PAST, UNREACHED, SLOWED, "95th percentile", "longest wait"]
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
        axes.axvline((stretch.began - began) / 60, color="red" if stretch.fault in KILLS else "grey", alpha=0.4, linewidth=0.7)
    axes.set(xlabel="minutes (red: Rasa killed; grey: another fault)", ylabel="MB", ylim=0)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(picture, dpi=110)
    plt.close(figure)


def main() -> int:
    """Runs the soak, and prints and writes the results. Returns 1 if there was anything that must not happen."""
    minutes = float(os.environ.get("MINUTES", "30"))
    kills = [*KILLS] * (ROUNDS_OF_KILLS if minutes >= WORTH_WRITING else 1)
    others = [fault for fault in FAULTS if fault not in KILLS]
    with (
        tempfile.TemporaryDirectory() as folder,
        hard_kill.telegram() as telegram,
        running(Path(folder) / "conversations.db", **hard_kill.settings(telegram)) as server,
    ):
        report = asyncio.run(soak(Scene(server, telegram), 60 * minutes, chain(kills, cycle(others))))
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
