"""What the server does besides answering: it keeps visitors out of logs and old tables, and tells which parts work."""

from __future__ import annotations

import asyncio
import logging
import os
import time

from rasa.core.agent import Agent
from sanic import Sanic

from channels.turn import conversation_store
from components.rasa_patches.action_endpoint import ActionEndpoint
from components.storage.conversation_store import ConversationStore
from components.storage.errors import StoreUnavailableError
from runtime import logs, metrics
from runtime.clinic import load_clinic

logger = logging.getLogger(__name__)
RETENTION_INTERVAL = 10 * 60.0  # seconds


async def start_background_jobs(app: Sanic) -> None:
    """Begins what runs with the server; called once its model is loaded, before its first request."""
    logs.begin()
    metrics.serve(os.environ.get("METRICS_PORT", ""))
    agent = getattr(app.ctx, "agent", None)
    if agent:
        app.add_task(end_old_conversations(conversation_store(agent), load_clinic().retention_hours))


async def parts_that_work(agent: Agent | None) -> dict[str, bool]:
    """Returns which parts work."""
    return {
        "model": bool(agent),
        "store": bool(agent) and await conversation_store(agent).is_available(),
        "actions": bool(agent) and await ActionEndpoint.of(agent.action_endpoint).is_available(),
    }


async def end_old_conversations(store: ConversationStore, hours: int) -> None:
    """Deletes what was stored more than `hours` ago, now and then every ten minutes."""
    drift = None
    while True:
        now = time.time()
        before, drift = drift, now - time.monotonic()
        # A clock that has just jumped is not believed until the next time.
        if before is None or abs(drift - before) < RETENTION_INTERVAL:
            try:
                logger.info("The retention time ended for %d rows.", await store.expire(now - hours * 60 * 60))
            except StoreUnavailableError:
                logger.error("What is past its retention time could not be deleted.")
        await asyncio.sleep(RETENTION_INTERVAL)
