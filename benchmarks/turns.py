"""What one turn costs, asked one at a time and alternately, so that what else the machine does strikes both sides alike."""

from __future__ import annotations

import statistics

from benchmarks.sides import CHECK, QUESTIONS, Side

TURNS = {"ours": 1010, "stock": 160}  # of one conversation; stock Rasa would take a quarter of an hour to turn 1,000
WINDOW = 11  # turns around a turn that is reported, of which the median counts


def questions(sides: list[Side], rounds: int) -> dict[str, list[float]]:
    """Returns the milliseconds of the first turns of many conversations."""
    times: dict[str, list[float]] = {side.name: [] for side in sides}
    for _ in range(rounds):
        senders = {side.name: side.visitor() for side in sides}
        for question in QUESTIONS:
            for side in sides:
                times[side.name].append(side.turn(senders[side.name], question))
    return times


def checks(sides: list[Side], rounds: int) -> dict[str, list[float]]:
    """Returns for each check the mean milliseconds of its turns, the one that is judged by the action server among them."""
    times: dict[str, list[float]] = {side.name: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            sender = side.visitor()
            times[side.name].append(statistics.mean(side.turn(sender, message) for message in CHECK[side.name]))
    return times


def long_conversations(sides: list[Side]) -> dict[str, list[float]]:
    """Returns the milliseconds of each turn of one conversation, which each side holds by itself.

    Asked alternately, each would find the processor's caches full of the other, and only until the shorter conversation ends.
    """
    times: dict[str, list[float]] = {}
    for side in sides:
        sender = side.visitor()
        times[side.name] = [side.turn(sender, QUESTIONS[turn % len(QUESTIONS)]) for turn in range(TURNS[side.name])]
    return times


def at(turn: int, times: list[float]) -> float:
    """Returns what a turn costs around the turn with that number."""
    return statistics.median(times[turn - 1 - WINDOW // 2 : turn + WINDOW // 2])
