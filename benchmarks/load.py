"""How many turns a second each side answers when many visitors speak at once, and what memory many conversations leave."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from benchmarks.sides import CHANNELS, QUESTIONS, Side
from benchmarks.visitors import ANSWERED, Crowd, Script, percentile, waits

VISITORS = 200
MAX_WAIT = 250.0  # milliseconds, 95th percentile
FIRST_RATE, FASTER = 10.0, 1.15  # turns a second, and the factor from one step to the next
SETTLING, STEP = 2.0, 15.0  # seconds of a step before it is measured, and while it is
CONVERSATIONS, SETTLED = 10_000, 1_000  # until memory is read, and after which it should be flat
SPEAKERS = 4  # who hold them, without a pause: enough to keep a server busy
TIME_FOR_MEMORY = 12 * 60.0  # seconds; whoever has held fewer by then is read then
SAMPLED = 2.0  # seconds


@dataclass(frozen=True)
class Step:
    """What one side did at one rate.

    Attributes:
        rate: turns that it answered in a second.
        wait: the 95th percentile of milliseconds from when a message was due to its answer.
        cores: processor seconds a second of all its processes.
    """

    rate: float
    wait: float
    cores: float

    @property
    def held(self) -> bool:
        """Whether visitors were answered in time."""
        return self.wait <= MAX_WAIT


def crowd(side: Side, script: Script, **settings: float) -> Crowd:
    """Returns visitors of one side, whose replies need not be right: there may be two right ones, but must not be none."""
    return Crowd(side.address, script=[script], channel=CHANNELS[side.name], checks_history=False, **settings)


async def step(side: Side, rate: float, seconds: float) -> Step:
    """Lets all visitors send `rate` messages a second together, each when it is due, for `seconds`.

    Raises:
        RuntimeError: a message was not answered.
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
    """Returns the steps of each side, one side after the other at each rate, until two rates in a row were too much for it."""
    steps: dict[str, list[Step]] = {side.name: [] for side in sides}
    rate, going = FIRST_RATE, list(sides)
    while going:
        for side in list(going):
            done = asyncio.run(step(side, rate, seconds))
            if not done.held:  # something else may have kept the machine busy
                done = min(done, asyncio.run(step(side, rate, seconds)), key=lambda one: one.wait)
            steps[side.name].append(done)
            print(f"{side.name}: {done.rate:.1f} turns a second, {done.wait:.0f} ms, {done.cores:.2f} cores", flush=True)
            if not any(one.held for one in steps[side.name][-2:]):
                going.remove(side)
        rate *= FASTER
    return steps


def best(steps: list[Step]) -> Step:
    """Returns the fastest step that held; the first one if none did."""
    return max((one for one in steps if one.held), key=lambda one: one.rate, default=steps[0])


async def memory(sides: list[Side], conversations: int) -> dict[str, list[tuple[int, float]]]:
    """Returns for each side, over the time, how many short conversations it has held and its memory in MB.

    Raises:
        RuntimeError: a message was not answered.
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
    """Returns the memory at the end as a multiple of that after `settled` conversations."""
    return samples[-1][1] / next(size for held, size in samples if held >= settled)
