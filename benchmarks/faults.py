"""The assistant as `make soak` runs it, and what can be done to it."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.sides import children
from tests.conftest import Server, free_port, running
from tests.faults.test_store import full_disk, locked


class House:
    """The assistant under test, and its processes; it runs as long as the `with` in which it was begun."""

    def __init__(self, folder: Path) -> None:
        """Takes where its database is kept."""
        self._database, self._running = folder / "conversations.db", ExitStack()
        ports = {name: free_port() for name in ("PORT", "ACTION_PORT", "METRICS_PORT")}
        self._settings = {**ports, "SESSION_SECRET": secrets.token_hex(32), "RATE_LIMIT": "off"}
        self.server: Server

    def __enter__(self) -> House:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def _start(self) -> None:
        self.server = self._running.enter_context(running(self._database, **self._settings))

    def restart(self) -> None:
        """Starts it again once it has noticed that Rasa ended."""
        self.server.process.wait(30)
        self._running.close()
        self._start()

    def process(self, *command: str) -> int | None:
        """Returns the id of the process with `command` in its command line; None while there is none."""
        for child in children(self.server.process.pid):
            try:
                words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
            except OSError:
                continue  # it has just ended
            if set(command) <= set(words):
                return child
        return None

    @property
    def rasa(self) -> int | None:
        """Rasa's process."""
        return self.process("rasa", "run")

    @property
    def actions(self) -> int | None:
        """The action server's process."""
        return self.process("actions.server")


async def kill_rasa(house: House) -> None:
    """Kills Rasa; everything is started again."""
    os.kill(house.rasa, signal.SIGKILL)
    await asyncio.to_thread(house.restart)


async def kill_actions(house: House) -> None:
    """Kills the action server; deploy/local.py looks once a second and starts it again."""
    os.kill(house.actions, signal.SIGKILL)
    await asyncio.sleep(5)


async def stop_actions(house: House) -> None:
    """Lets the action server stand still."""
    process = house.actions
    os.kill(process, signal.SIGSTOP)
    try:
        await asyncio.sleep(8)
    finally:
        os.kill(process, signal.SIGCONT)


async def lock_database(house: House) -> None:
    """Locks the database, as another writer does."""
    with locked(house.server, ""):
        await asyncio.sleep(4)


async def fill_disk(house: House) -> None:
    """Lets no file of Rasa grow: it can read and not write."""
    with full_disk(house.server, ""):
        await asyncio.sleep(6)


Fault = Callable[[House], Awaitable[None]]
FAULTS: dict[Fault, str] = {
    kill_rasa: "Rasa killed, all started again",
    kill_actions: "action server killed",
    stop_actions: "action server stands still for 8 s",
    lock_database: "database locked for 4 s",
    fill_disk: "disk full for 6 s",
}
OF_THE_STORE = {lock_database, fill_disk}
