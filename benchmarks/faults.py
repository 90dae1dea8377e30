"""The faults that `make soak` causes in the running assistant."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from commands.run import wait_until_ready
from tests.support.faults import full_disk, locked
from tests.support.servers import Server


async def kill_rasa(server: Server) -> None:
    """Kills Rasa. commands/run.py checks once a second and restarts it."""
    server.part("commands.rasa").kill()
    await asyncio.to_thread(wait_until_ready, f"{server.address}/health", [server.process])


async def kill_actions(server: Server) -> None:
    """Kills the action server, which is restarted in the same way."""
    server.part("actions.server").kill()
    await asyncio.sleep(5)


async def stop_actions(server: Server) -> None:
    """Suspends the action server."""
    process = server.part("actions.server")
    process.suspend()
    try:
        await asyncio.sleep(8)
    finally:
        process.resume()


async def lock_database(server: Server) -> None:
    """Locks the database like another writer would."""
    with locked(server):
        await asyncio.sleep(4)


async def fill_disk(server: Server) -> None:
    """Stops Rasa's files from growing, so that it can read but not write."""
    with full_disk(server):
        await asyncio.sleep(6)


Fault = Callable[[Server], Awaitable[None]]
FAULTS: dict[Fault, str] = {
    kill_rasa: "Rasa killed and restarted",
    kill_actions: "action server killed",
    stop_actions: "action server suspended for 8 s",
    lock_database: "database locked for 4 s",
    fill_disk: "disk full for 6 s",
}
OF_THE_STORE = {lock_database, fill_disk}
