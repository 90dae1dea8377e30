"""`make sizing`: measures what a conversation costs, and works out what a clinic or a chain of a thousand clinics needs.

Uses a real server and a real PostgreSQL. A conversation is a few questions and the check. Prints the table in docs/scaling.md.
"""

from __future__ import annotations

import math
import sys

import psutil

from components.storage.tables import TABLES
from tests.support.client import free_port
from tests.support.postgresql import PostgreSQL, postgresql
from tests.support.servers import Server, running

QUESTIONS = ["what are exosomes", "does it hurt?", "how much does it cost"]
CHECK = ["am i a candidate", "/affirm", "41", "none of these", "genetic", "early", "minoxidil", "it did not help", "yes"]
CONVERSATION = [*QUESTIONS, *CHECK, "thanks"]
MEASURED = 50  # conversations
# Assumptions, since nobody has counted yet.
A_DAY = 20  # conversations per clinic
BUSIEST_HOUR = 0.15  # of a day's conversations
PAUSE = 20.0  # seconds between two messages of a visitor
BUSY = 0.5  # of one core; the other half is for peaks
KEPT = 3  # days: retention_hours in clinic.yml
CLINICS = (1, 10, 100, 1_000, 10_000)
COLUMNS = ("clinics", "conversations a day", "at once", "turns a second", "processes", "memory, GB", "rows", "database, GB")


class Costs:
    """The measurements: core seconds per turn, MB of memory per process, rows and bytes per conversation."""

    def __init__(self, server: Server, database: PostgreSQL) -> None:
        """Holds the conversations and measures."""
        processes = [server.part("commands.rasa"), server.part("actions.server")]
        _converse(server)
        worked, (rows, size) = _worked(processes), _stored(database)
        for _ in range(MEASURED):
            _converse(server)
        self.turn = (_worked(processes) - worked) / (MEASURED * len(CONVERSATION))
        self.memory = sum(process.memory_info().rss for process in processes) / 2**20
        rows_after, size_after = _stored(database)
        self.rows, self.size = (rows_after - rows) / MEASURED, (size_after - size) / MEASURED


def _converse(server: Server) -> None:
    token = server.session()
    for message in CONVERSATION:
        status, replies = server.say(token, message)
        assert status == 200, replies
        assert replies[0]["metadata"]["kind"] not in ("notice", "fallback"), (message, replies)


def _worked(processes: list[psutil.Process]) -> float:
    """Returns the processor time of the processes, in core seconds."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def _stored(database: PostgreSQL) -> tuple[int, int]:
    """Returns the number of rows in all tables, and their size in bytes including indexes."""
    names = [stored.table.name for stored in TABLES]
    rows = sum(database.rows(f"SELECT count(*) FROM {name}")[0][0] for name in names)
    return rows, sum(database.rows("SELECT pg_total_relation_size(%s)", name)[0][0] for name in names)


def needs(clinics: int, costs: Costs) -> list[str]:
    """Returns the cells of one row."""
    daily = clinics * A_DAY
    turns = daily * BUSIEST_HOUR * len(CONVERSATION) / 3600
    processes = math.ceil(turns * costs.turn / BUSY) + 1  # one may be down
    numbers = (clinics, daily, turns * PAUSE, turns, processes, processes * costs.memory / 1024)
    stored = (daily * KEPT * costs.rows, daily * KEPT * costs.size / 2**30)
    formats = (",", ",", ",.0f", ",.2f", "", ".1f", ",.0f", ",.2f")
    return [format(number, shape) for number, shape in zip((*numbers, *stored), formats, strict=True)]


def main() -> int:
    """Prints the measurements and the table."""
    with postgresql(free_port()) as database, running(database.url, RATE_LIMIT="off") as server:
        costs = Costs(server, database)
    print(f"A turn: {1000 * costs.turn:.0f} ms of one core. A process with its action server: {costs.memory:.0f} MB.")
    print(
        f"A conversation of {len(CONVERSATION)} messages: {costs.rows:.0f} rows, {costs.size / 1024:.0f} kB with the indexes.\n"
    )
    for line in (COLUMNS, ("---:",) * len(COLUMNS), *(needs(clinics, costs) for clinics in CLINICS)):
        print(f"| {' | '.join(line)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
