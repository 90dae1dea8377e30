"""What the server does besides answering: it holds Rasa's agent to our limits, and keeps visitors out of logs and old tables."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import Any, Dict, Optional
from urllib.parse import urljoin

import aiohttp
from rasa.core.agent import Agent
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic

from actions import logs
from channels import metrics
from channels.messages import conversation_store
from channels.metrics import FAILURES
from components.clinic import load_clinic
from components.tracker_store import ConversationStore, StoreDown

logger = logging.getLogger(__name__)
RETENTION_INTERVAL = 10 * 60.0  # seconds
ACTION_LIMIT = 2.0  # seconds for the judgement of the check; the rules take milliseconds
JUDGED_BY = ("sender_id", "slots")  # what the action server learns of a conversation: the answers, not what was written


class ActionEndpoint(EndpointConfig):
    """The action server, with a time limit that is ours (Rasa's is 300 seconds, fixed) and without the conversation's text."""

    async def request(self, *args: Any, json: Optional[Any] = None, **kwargs: Any) -> Optional[Any]:
        """Calls the action server as Rasa's endpoint does.

        Raises:
            asyncio.TimeoutError: it took longer than ACTION_LIMIT. Rasa goes on as after any failed action.
        """
        kwargs["timeout"] = aiohttp.ClientTimeout(total=ACTION_LIMIT)
        kwargs["headers"] = {logs.HEADER: logs.request_id()}
        tracker = {name: json["tracker"][name] for name in JUDGED_BY}
        call = {name: json[name] for name in ("next_action", "sender_id", "version")}
        try:
            return await super().request(*args, json={**call, "tracker": tracker}, **kwargs)
        except Exception:
            FAILURES.labels("actions").inc()
            raise

    async def answers(self) -> bool:
        """Tells whether the action server is there."""
        try:
            async with self.session() as session:
                address, limit = urljoin(self.url, "health"), aiohttp.ClientTimeout(total=ACTION_LIMIT)
                async with session.get(address, timeout=limit) as response:
                    return response.status == 200
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return False


def prepare(agent: Agent) -> None:
    """Gives a loaded agent our action endpoint, and our store bare: Rasa's wrapper makes an empty conversation of a failure."""
    endpoint, store = agent.action_endpoint, conversation_store(agent)
    if endpoint:
        login = (endpoint.params, endpoint.headers, endpoint.basic_auth, endpoint.token, endpoint.token_name)
        endpoint = ActionEndpoint(endpoint.url, *login, endpoint.cafile, **endpoint.kwargs)
    for part in filter(None, (agent, agent.processor)):
        part.action_endpoint, part.tracker_store = endpoint, store


async def begin(app: Sanic) -> None:
    """Begins what runs with the server; called once its model is loaded, before its first request."""
    logs.begin()
    metrics.serve(os.environ.get("METRICS_PORT", ""))
    agent = getattr(app.ctx, "agent", None)
    if agent:
        prepare(agent)
        app.add_task(end_old_conversations(conversation_store(agent), load_clinic().retention_hours))


async def parts_that_work(agent: Optional[Agent]) -> Dict[str, bool]:
    """Returns which parts work."""
    return {
        "model": bool(agent),
        "store": bool(agent) and await conversation_store(agent).answers(),
        "actions": bool(agent) and await agent.action_endpoint.answers(),
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
            except StoreDown:
                logger.error("What is past its retention time could not be deleted.")
        await asyncio.sleep(RETENTION_INTERVAL)
