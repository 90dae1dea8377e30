"""Measures how many turns per second each side can answer with many visitors at once, and its memory after many conversations."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from benchmarks.sides import CHANNELS, QUESTIONS, Side
from benchmarks.visitors import ANSWERED, Crowd, Script, percentile, waits

VISITORS = 200
MAX_WAIT = 250.0  # milliseconds, 95th percentile
FIRST_RATE, FASTER = 10.0, 1.15  # turns per second, and the factor from one step to the next
SETTLING, STEP = 2.0, 15.0  # seconds of a step before we measure, and while we measure
CONVERSATIONS, SETTLED = 10_000, 1_000  # until we read the memory, and after which it should be flat
SPEAKERS = 4  # visitors who hold them without a pause: enough to keep a server busy
TIME_FOR_MEMORY = 12 * 60.0  # seconds; then we read the memory even if there were fewer conversations
SAMPLED = 2.0  # seconds between samples


@dataclass(frozen=True)
class Step:
    """The result of one side at one rate.

    Attributes:
        rate: the turns that it answered per second.
        wait: the 95th percentile of milliseconds from when a message was due until its answer.
        cores: processor seconds per second, over all its processes.
    """

    rate: float
    wait: float
    cores: float

    @property
    def held(self) -> bool:
        """Whether visitors got their answers in time."""
        return self.wait <= MAX_WAIT


def crowd(side: Side, script: Script, **settings: float) -> Crowd:
    """Returns visitors for one side. They do not check replies, but every message must get one."""
    return Crowd(side.address, script=[script], channel=CHANNELS[side.name], checks_history=False, **settings)


async def step(side: Side, rate: float, seconds: float) -> Step:
    """Has all visitors together send `rate` messages per second, each when it is due, for `seconds`.

    Raises:
        RuntimeError: a message got no answer.
    """
    visitors = crowd(
        side, side.script(), visitors=VISITORS, think=VISITORS / rate, seconds=SETTLING + seconds, open_ended=True
    )  # fmt: skip
    speaking = asyncio.ensure_future(visitors.run())
    await asyncio.sleep(SETTLING)
    began, used = time.monotonic(), side.seconds()
    await asyncio.sleep(seconds)
    took, used = time.monotonic() - began, side.seconds() - used
    tally = await speaking
    if tally.faults:
        raise RuntimeError(f"{side.name}: {tally.faults[0]}")
    answered = [event for event in tally.events if event.how == ANSWERED and began <= event.ended <= began + took]
    return Step(len(answered) / took, percentile(waits(answered)), used / took)


def throughput(sides: list[Side], seconds: float) -> dict[str, list[Step]]:
    """Returns the steps of each side. Tries each rate on one side after the other, until two rates in a row are too high."""
    steps: dict[str, list[Step]] = {side.name: [] for side in sides}
    rate, going = FIRST_RATE, list(sides)
    while going:
        for side in list(going):
            done = asyncio.run(step(side, rate, seconds))
            if not done.held:  # something else may have kept the machine busy
                done = min(done, asyncio.run(step(side, rate, seconds)), key=lambda attempt: attempt.wait)
            steps[side.name].append(done)
            print(f"{side.name}: {done.rate:.1f} turns per second, {done.wait:.0f} ms, {done.cores:.2f} cores", flush=True)
            if not any(latest.held for latest in steps[side.name][-2:]):
                going.remove(side)
        rate *= FASTER
    return steps


def best(steps: list[Step]) -> Step:
    """Returns the fastest step that held, or the first one if none did."""
    return max((step for step in steps if step.held), key=lambda step: step.rate, default=steps[0])


async def memory(sides: list[Side], conversations: int) -> dict[str, list[tuple[int, float]]]:
    """Returns samples for each side: the number of short conversations so far, and its memory in MB.

    Raises:
        RuntimeError: a message got no answer.
    """
    script: Script = [(question, None) for question in QUESTIONS[:3]]
    limits = {"visitors": SPEAKERS, "think": 0.0, "seconds": TIME_FOR_MEMORY, "conversations": conversations}
    samples: dict[str, list[tuple[int, float]]] = {}

    async def watch(side: Side) -> None:
        visitors = crowd(side, script, **limits)
        speaking = asyncio.ensure_future(visitors.run())
        samples[side.name] = [(0, side.memory())]
        while not speaking.done():
            await asyncio.wait({speaking}, timeout=SAMPLED)
            samples[side.name].append((visitors.tally.conversations, side.memory()))
        if (await speaking).faults:
            raise RuntimeError(f"{side.name}: {visitors.tally.faults[0]}")

    await asyncio.gather(*map(watch, sides))
    return samples


def growth(samples: list[tuple[int, float]], settled: int) -> float:
    """Returns the memory at the end as a multiple of the memory after `settled` conversations."""
    return samples[-1][1] / next(size for held, size in samples if held >= settled)
