"""What the server does besides answering: it deletes what is old, delivers callback requests, and says which parts work."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from typing import Any

from rasa.core.agent import Agent
from sanic import Sanic

from channels.callbacks.delivery import delivery_for
from channels.turn import conversation_store
from components.rasa_patches.action_endpoint import ActionEndpoint
from components.storage.callbacks import CallbackStore
from components.storage.conversation_store import ConversationStore
from components.storage.database import Database
from components.storage.errors import StoreUnavailableError
from runtime import logs, metrics
from runtime.clinic_errors import ClinicError
from runtime.clinics import Clinics, served_clinics
from runtime.environment import setting

logger = logging.getLogger(__name__)
RETENTION_INTERVAL = 10 * 60.0  # seconds
SIZE_INTERVAL = 10.0  # seconds between two looks at the size of the database
MEGABYTE = 1_000_000


async def start_background_jobs(app: Sanic, _loop: Any = None) -> None:
    """Starts private logging, the metrics, the deletion of old conversations, and the delivery of callback requests.

    Call it once the model is loaded, before the first request.
    """
    logs.start_private_logging()
    metrics.serve(setting("METRICS_HOST"), setting("METRICS_PORT"), setting("METRICS_TOKEN"))
    agent = getattr(app.ctx, "agent", None)
    if agent:
        clinics, store = served_clinics(), conversation_store(agent)
        app.add_task(delete_old_conversations(store))
        app.add_task(watch_size(store.database, int(setting("MAX_DATABASE_SIZE")) * MEGABYTE))
        app.add_task(delivery_for(clinics, CallbackStore(store.database)).run())
        loop = asyncio.get_running_loop()
        # In another thread, since a thousand files take a while, and turns go on meanwhile.
        loop.add_signal_handler(signal.SIGHUP, lambda: loop.run_in_executor(None, reload_clinics, clinics))


def reload_clinics(clinics: Clinics) -> None:
    """Reads the clinics' files again. If one is wrong, all clinics stay as they were."""
    try:
        clinics.reload()
        logger.info("Read the settings of %d clinics again.", len(clinics))
    except ClinicError as error:
        logger.error("The settings of all clinics stay as they were. %s", " ".join(str(error).split()))


async def working_parts(agent: Agent | None) -> dict[str, bool]:
    """Returns whether the model, the store and the action server work, and whether the database has space."""
    if not agent:
        return {"model": False, "store": False, "space": False, "actions": False}
    return {
        "model": True,
        "store": await conversation_store(agent).is_available(),
        "space": not conversation_store(agent).database.is_full,
        "actions": await ActionEndpoint.of(agent.action_endpoint).is_available(),
    }


async def watch_size(database: Database, max_size: int) -> None:
    """Checks every few seconds whether the database is still smaller than `max_size` bytes. Never returns."""
    while True:
        was_full = database.is_full
        with contextlib.suppress(StoreUnavailableError):
            metrics.DATABASE_BYTES.set(await database.measure(max_size))
        metrics.DATABASE_IS_FULL.set(database.is_full)
        if database.is_full and not was_full:
            logger.error("The database has reached MAX_DATABASE_SIZE. We answer every message, but store no conversation.")
        elif was_full and not database.is_full:
            logger.info("The database has space again. Conversations are stored.")
        await asyncio.sleep(SIZE_INTERVAL)


async def delete_old_conversations(store: ConversationStore) -> None:
    """Every ten minutes, deletes everything past its retention time. Never returns."""
    drift = None
    while True:
        now = time.time()
        last_drift, drift = drift, now - time.monotonic()
        # If the clock has just jumped, wait until the next round.
        if last_drift is None or abs(drift - last_drift) < RETENTION_INTERVAL:
            try:
                logger.info("Deleted %d rows past their retention time.", await store.expire(now))
            except StoreUnavailableError:
                logger.error("Could not delete what is past its retention time.")
        await asyncio.sleep(RETENTION_INTERVAL)
