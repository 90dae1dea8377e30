"""`make sizing`: measures what clinics cost that share a deployment. Writes the table in docs/scaling.md.

Starts a real server for each number of clinics, each with every field filled in, and talks to many of them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import psutil

from benchmarks.documents import write_between
from runtime.paths import ROOT
from tests.support.servers import Server, running

DEMO_CLINIC = ROOT / "deploy" / "demo" / "clinic.yml"
DOCUMENT = ROOT / "docs" / "scaling.md"
CLINICS = (1, 100, 1_000, 10_000)
SPOKEN_TO = 300  # clinics, if there are as many; more than the texts that a process keeps
QUESTIONS = ("can i talk to a person", "how much does it cost")
COLUMNS = ("clinics", "start of a process, seconds of one core", "its memory, MB", "a turn, ms of one core")


def write_clinics(folder: Path, number: int) -> list[str]:
    """Writes the files of that many clinics, and returns their ids."""
    folder.mkdir()
    text = DEMO_CLINIC.read_text(encoding="utf-8")
    ids = [f"clinic-{place}" for place in range(number)]
    for clinic in ids:
        own = text.replace("Larkspur Dermatology", f"Larkspur {clinic}")
        (folder / f"{clinic}.yml").write_text(f"{own}\nwebsites: [https://www.{clinic}.example]\n", encoding="utf-8")
    return ids


def measure(number: int) -> list[str]:
    """Returns the cells of one row."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ids = write_clinics(folder / "clinics", number)
        settings = {
            "TELEGRAM_TOKEN": "",
            "TELEGRAM_WEBHOOK_SECRET": "",
            "RATE_LIMIT": "off",
            "SMTP_SERVER": "localhost",
            "SMTP_FROM": "chat@example.com",
        }
        with running(folder / "conversations.db", CLINICS_FOLDER=str(folder / "clinics"), **settings) as server:
            process = server.part("commands.rasa")
            started = sum(process.cpu_times()[:2])
            _talk(server, ids[:1])  # the first turns load what all later ones use
            worked = sum(process.cpu_times()[:2])
            turns = _talk(server, ids[:: max(1, number // SPOKEN_TO)])
            turn, memory = (sum(process.cpu_times()[:2]) - worked) / turns, _memory(process)
    return [f"{number:,}", f"{started:.1f}", f"{memory:,.0f}", f"{1000 * turn:.0f}"]


def _talk(server: Server, clinics: list[str]) -> int:
    """Asks each clinic's assistant something. Returns the number of turns."""
    for clinic in clinics:
        token = server.session(clinic=clinic)
        for question in QUESTIONS:
            status, replies = server.say(token, question)
            assert status == 200, replies
    return len(clinics) * len(QUESTIONS)


def _memory(process: psutil.Process) -> float:
    memory: int = process.memory_info().rss
    return memory / 2**20


def main() -> int:
    rows = [COLUMNS, ("---:",) * len(COLUMNS), *map(measure, CLINICS)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    print(table)
    write_between(DOCUMENT, "clinics that share a deployment, from make sizing", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
