"""Runs this assistant and stock Rasa, each as a server with its own action server and database."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

from benchmarks.stock import FOLDER
from benchmarks.visitors import Answer, Script, Web
from commands.run import START_TIMEOUT, stop, wait_until_ready
from runtime.paths import ROOT
from tests.support.client import free_port

QUESTIONS = ["what are exosomes", "does it hurt?", "how much does it cost", "is it fda approved", "any side effects", "thanks"]
# The check, by its buttons. Ours asks for consent first.
HEALTH, KIND = '/inform{"health_flags": "none"}', '/inform{"hair_loss_type": "pattern"}'
STAGE, TRIED = '/inform{"hair_loss_stage": "early"}', '/inform{"prior_treatments": "minoxidil"}'
HELPED = '/inform{"treatment_response": "did_not_help"}'
CHECK = {
    "ours": ["am i a candidate", "/affirm", '/inform{"age": "from_30"}', HEALTH, KIND, STAGE, TRIED, HELPED],
    "stock": ["/check_candidacy", '/inform{"age": "41"}', HEALTH, KIND, STAGE, TRIED, HELPED],
}
MB = 1024 * 1024


class Rest(Web):
    """Rasa's own `rest` channel, which has neither sessions nor idempotency keys."""

    async def begin(self) -> Answer:
        """Makes up a sender."""
        return 200, {}, {"sender": uuid.uuid4().hex}

    async def send(self, token: str, message: str, key: str) -> Answer:
        return await self._call("POST", "webhook", {"sender": token, "message": message})


CHANNELS = {"ours": Web, "stock": Rest}


@dataclass
class Side:
    """One of the two assistants, running.

    Attributes:
        name: `ours` or `stock`.
        address: the URL of its channel.
        database: the SQLite file of its conversations.
        processes: the processes that we started for it.
        first_answer: seconds from starting the processes to the first answer.
    """

    name: str
    address: str
    database: Path
    processes: list[subprocess.Popen] = field(default_factory=list)
    first_answer: float = 0.0

    def visitor(self) -> str:
        """Returns a new sender."""
        return _post(f"{self.address}/session", {})["sender"] if self.name == "ours" else uuid.uuid4().hex

    def turn(self, sender: str, message: str) -> float:
        """Returns how many milliseconds one turn takes.

        Raises:
            RuntimeError: there was no answer, or only the text for a failure.
        """
        began = time.perf_counter()
        replies = _post(f"{self.address}/webhook", {"sender": sender, "message": message})
        took = 1000 * (time.perf_counter() - began)
        if not replies or any((reply.get("metadata") or {}).get("kind") == "notice" for reply in replies):
            raise RuntimeError(f"{self.name} did not answer {message!r}: {replies}")
        return took

    def script(self) -> Script:
        """Returns a conversation of questions and the whole check."""
        return [(message, None) for message in (*QUESTIONS[:4], *CHECK[self.name], *QUESTIONS[4:])]

    def stored(self, conversations: int) -> tuple[float, float]:
        """Returns how many rows and kB its database grows by for each conversation of the script."""
        rows, size = self._rows_and_size()
        for _ in range(conversations):
            sender = self.visitor()
            for message, _ in self.script():
                self.turn(sender, message)
        rows_after, size_after = self._rows_and_size()
        return (rows_after - rows) / conversations, (size_after - size) / conversations / 1024

    def _rows_and_size(self) -> tuple[int, int]:
        with closing(sqlite3.connect(self.database)) as database:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            rows = sum(database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables)  # noqa: S608 - its own
            pages, page_size = (database.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "page_size"))
        return rows, pages * page_size

    def memory(self) -> float:
        """Returns the resident memory of all its processes in MB."""
        return sum(process.memory_info().rss for process in self._every()) / MB

    def seconds(self) -> float:
        """Returns the processor time of all its processes so far, in seconds."""
        return sum(sum(process.cpu_times()[:2]) for process in self._every())

    def _every(self) -> set[psutil.Process]:
        started = [psutil.Process(process.pid) for process in self.processes]
        return {member for process in started for member in (process, *process.children(recursive=True))}


def _post(address: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@contextmanager
def running(name: str, folder: Path, model: Path) -> Iterator[Side]:
    """Runs one side, and waits for its first answer."""
    database = folder / f"{name}.db"
    port, action_port, secret = free_port(), free_port(), uuid.uuid4().hex
    keys = {"SESSION_SECRET": secret, "ACTION_SECRET": secret}
    settings = {"PORT": port, "ACTION_PORT": action_port, **keys, "CONVERSATIONS_DB": str(database)}
    environment = {**os.environ, **settings, "OMP_NUM_THREADS": "1", "RATE_LIMIT": "off"}
    launcher = "commands.rasa" if name == "ours" else "rasa"
    server = [sys.executable, "-m", launcher, "run", "--model", str(model), "--port", port, "-i", "127.0.0.1"]
    if name == "stock":
        store = {"type": "SQL", "dialect": "sqlite", "db": str(database)}
        actions = {"url": f"http://127.0.0.1:{action_port}/webhook", "headers": {"Authorization": f"Bearer {secret}"}}
        (FOLDER / "endpoints.yml").write_text(yaml.safe_dump({"action_endpoint": actions, "tracker_store": store}))
        (FOLDER / "credentials.yml").write_text("rest:\n")
    work, path = (ROOT, "web") if name == "ours" else (FOLDER, "rest")
    server += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    side = Side(name, f"http://127.0.0.1:{port}/webhooks/{path}", database)
    quiet = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = time.perf_counter()
    side.processes.append(subprocess.Popen([sys.executable, "-m", "actions.server"], cwd=ROOT, **quiet))
    side.processes.append(subprocess.Popen(server, cwd=work, **quiet))
    try:
        if not wait_until_ready(f"{side.address}/{'health' if name == 'ours' else ''}", side.processes):
            raise RuntimeError(f"{name} did not start")
        _first_answer(side)
        side.first_answer = time.perf_counter() - started
        yield side
    finally:
        stop(side.processes)


def _first_answer(side: Side) -> None:
    """Waits for the first answer. Stock Rasa is up before its model is loaded, but does not answer until then.

    Raises:
        RuntimeError: there was no answer in time.
    """
    until = time.monotonic() + START_TIMEOUT
    while True:
        try:
            side.turn(side.visitor(), QUESTIONS[0])
            return
        except RuntimeError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
