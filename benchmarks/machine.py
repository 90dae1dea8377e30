"""What else the machine did during a measurement. Figures from a busy machine are marked."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

MAX_OTHERS = 0.05  # of all cores, for other processes and what the hypervisor takes
MARK = " *"


class _Used(NamedTuple):
    """Processor seconds so far: by everybody, by us and our children, and taken by the hypervisor; and the clock."""

    busy: float
    ours: float
    stolen: float
    clock: float


class Machine:
    """Watches measurements.

    Attributes:
        busy: what was measured while something else used the machine, and how much that was.
    """

    def __init__(self) -> None:
        self.busy: dict[str, str] = {}

    @contextmanager
    def watching(self, what: str) -> Iterator[None]:
        """Notes whether others used the machine during a measurement."""
        before = _used()
        yield
        after = _used()
        available = (after.clock - before.clock) * (os.cpu_count() or 1)
        stolen = (after.stolen - before.stolen) / available
        others = max(0.0, (after.busy - before.busy - after.ours + before.ours) / available)
        said = f"other processes used {others:.0%} of the processor, the hypervisor took {stolen:.0%}"
        print(f"{what}: {said}", flush=True)
        if others + stolen > MAX_OTHERS:
            self.busy[what] = said

    def mark(self, what: str) -> str:
        """Returns what to put behind a figure of that measurement."""
        return MARK if what in self.busy else ""

    def described(self) -> list[str]:
        """Returns the lines that say when and where this was measured, and what was disturbed."""
        memory = psutil.virtual_memory().total / 2**30
        lines = [f"Measured on {datetime.date.today()} on {_processor()}, {os.cpu_count()} cores, {memory:.0f} GB of memory."]
        if not self.busy:
            return [*lines, "Nothing else was running."]
        return [*lines, f"Figures marked with{MARK} were measured while the machine was busy:", ""] + [
            f"- {what}: {said}" for what, said in self.busy.items()
        ]


def _used() -> _Used:
    times = psutil.cpu_times()
    busy = sum(times) - times.idle - times.iowait - times.steal - times.guest - times.guest_nice  # guests count as user, too
    return _Used(busy, _ours(psutil.Process()), times.steal, time.monotonic())


def _ours(process: psutil.Process) -> float:
    """Returns the processor seconds of a process and all that it has started, those that have ended included."""
    try:
        return sum(process.cpu_times()[:4]) + sum(map(_ours, process.children()))
    except psutil.NoSuchProcess:
        return 0.0


def _processor() -> str:
    names = [line.split(":")[1] for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return " ".join(names[0].split()) if names else "an unknown processor"
