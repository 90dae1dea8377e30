"""Measures what one turn costs. We ask both sides in turn, so that other load on the machine affects both equally."""

from __future__ import annotations

import statistics

from benchmarks.sides import CHECK, QUESTIONS, Side

TURNS = {"ours": 1010, "stock": 160}  # per conversation; stock Rasa would take a quarter of an hour to reach turn 1,000
WINDOW = 11  # we report the median of this many turns around a turn


def questions(sides: list[Side], rounds: int) -> dict[str, list[float]]:
    """Returns how many milliseconds the first turns of many conversations take."""
    times: dict[str, list[float]] = {side.name: [] for side in sides}
    for _ in range(rounds):
        senders = {side.name: side.visitor() for side in sides}
        for question in QUESTIONS:
            for side in sides:
                times[side.name].append(side.turn(senders[side.name], question))
    return times


def checks(sides: list[Side], rounds: int) -> dict[str, list[float]]:
    """Returns the mean milliseconds per turn of each check, including the turn that calls the action server."""
    times: dict[str, list[float]] = {side.name: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            sender = side.visitor()
            times[side.name].append(statistics.mean(side.turn(sender, message) for message in CHECK[side.name]))
    return times


def long_conversations(sides: list[Side]) -> dict[str, list[float]]:
    """Returns how many milliseconds each turn of one long conversation takes. The sides run one after the other.

    If we asked them in turn, each would find the processor's caches full of the other's data, until the shorter one ends.
    """
    times: dict[str, list[float]] = {}
    for side in sides:
        sender = side.visitor()
        times[side.name] = [side.turn(sender, QUESTIONS[turn % len(QUESTIONS)]) for turn in range(TURNS[side.name])]
    return times


def at(turn: int, times: list[float]) -> float:
    """Returns the median cost of the turns around the given turn."""
    return statistics.median(times[turn - 1 - WINDOW // 2 : turn + WINDOW // 2])
