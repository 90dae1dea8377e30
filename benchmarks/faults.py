"""The faults that `make soak` causes in the running assistant, and what those may cost that nobody should notice."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from commands.run import wait_until_ready
from components.storage.database import RETRY_AFTER_FAILURE, WAIT_LIMIT
from tests.support import hard_kill
from tests.support.attackers import LIMITED, attacked, described
from tests.support.faults import full_disk, locked, reading, replace_file
from tests.support.platforms import Telegram
from tests.support.servers import Server

PEOPLE, ANSWERED_BEFORE = 100, 20  # who write on Telegram at once, and how many of them are answered before Rasa is killed
ATTACK, READ = 20.0, 10.0  # seconds that an attack lasts, and that a reader keeps the database
MAX_SLOWER, ALWAYS_FINE = 2.0, 50.0  # times as long as usual, and milliseconds that are never too long


def max_wait(usual: float) -> float:
    """Returns the milliseconds that the 95th percentile of the visitors' waits may reach beside an attacker or a reader."""
    return max(MAX_SLOWER * usual, ALWAYS_FINE)


@dataclass(frozen=True)
class Scene:
    """The running assistant, and the platform that sends it messages."""

    server: Server
    telegram: Telegram


async def kill_rasa(scene: Scene) -> None:
    """Kills Rasa. commands/run.py checks once a second and restarts it."""
    scene.server.part("commands.rasa").kill()
    await asyncio.to_thread(wait_until_ready, f"{scene.server.address}/health", [scene.server.process])


async def kill_amid_platform_messages(scene: Scene) -> None:
    """Kills Rasa while many people write on Telegram. Every message that it has accepted must be answered."""
    await asyncio.to_thread(_kill_amid_platform_messages, scene)


def _kill_amid_platform_messages(scene: Scene) -> None:
    kill = hard_kill.killed(scene.server)
    told = hard_kill.answers_after_a_kill(scene.server.address, kill, scene.telegram, PEOPLE, ANSWERED_BEFORE)
    hard_kill.check_answers(told)


async def kill_actions(scene: Scene) -> None:
    """Kills the action server, which is restarted in the same way."""
    scene.server.part("actions.server").kill()
    await asyncio.sleep(5)


async def stop_actions(scene: Scene) -> None:
    """Suspends the action server."""
    process = scene.server.part("actions.server")
    process.suspend()
    try:
        await asyncio.sleep(8)
    finally:
        process.resume()


async def lock_database(scene: Scene) -> None:
    """Locks the database like another writer would."""
    with locked(scene.server):
        await asyncio.sleep(4)
    await _left_alone()


async def fill_disk(scene: Scene) -> None:
    """Stops Rasa's files from growing, so that it can read but not write."""
    with full_disk(scene.server):
        await asyncio.sleep(6)
    await _left_alone()


async def replace_database(scene: Scene) -> None:
    """Replaces the database file by a copy. What is said from then on must be in the new file."""
    await asyncio.to_thread(replace_file, scene.server)
    await _left_alone()
    sender = await asyncio.to_thread(_converse, scene.server, scene.server.session())
    with closing(sqlite3.connect(scene.server.database)) as database:
        stored = database.execute("SELECT count(*) FROM events WHERE sender_id = ?", (sender,)).fetchone()[0]
    assert stored, "the server still writes to the file that was replaced"


def _converse(server: Server, token: str) -> str:
    """Says something. Returns the id under which it is stored."""
    server.say(token, "does it hurt")
    return token.split(".")[0]


async def _left_alone() -> None:
    """Waits until the server tries a database again that has failed."""
    await asyncio.sleep(WAIT_LIMIT + RETRY_AFTER_FAILURE)


async def read_database(scene: Scene) -> None:
    """Reads the database like a backup. What is deleted meanwhile must not be said to be gone until it is."""
    await asyncio.to_thread(_delete_while_reading, scene.server)


def _delete_while_reading(server: Server) -> None:
    token = server.session()
    sender = _converse(server, token)
    with reading(server):
        time.sleep(READ)
        assert server.call("DELETE", "session", {"sender": token})[0] == 202, "it was said to be deleted, and somebody reads it"
    assert server.call("DELETE", "session", {"sender": token})[0] == 200, "it stays in the file although nobody reads it"
    stored = b"".join(file.read_bytes() for file in server.database.parent.glob(f"{server.database.name}*"))
    assert sender.encode() not in stored, "it was said to be deleted, and is still in the file"


async def attack(scene: Scene, name: str) -> None:
    """Has somebody attack the server from an address of their own."""
    await asyncio.to_thread(_attack, scene.server, name)


def _attack(server: Server, name: str) -> None:
    with attacked(name, server.port, server.session(), server.metrics_port):
        time.sleep(ATTACK)


Fault = Callable[[Scene], Awaitable[None]]
KILLS: dict[Fault, str] = {
    kill_rasa: "Rasa killed and restarted",
    kill_amid_platform_messages: f"Rasa killed while {PEOPLE} people write on Telegram",
}
STORE_FAILURES: dict[Fault, str] = {
    lock_database: "database locked for 4 s",
    fill_disk: "disk full for 6 s",
    replace_database: "database file replaced by a copy",
}
# What no other visitor may notice.
UNNOTICED: dict[Fault, str] = {
    read_database: f"somebody reads the database for {READ:.0f} s",
    **{partial(attack, name=name): described(name) for name in LIMITED},
}
FAULTS: dict[Fault, str] = {
    **KILLS,
    kill_actions: "action server killed",
    stop_actions: "action server suspended for 8 s",
    **STORE_FAILURES,
    **UNNOTICED,
}
