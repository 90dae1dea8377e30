"""Calls the action server with our own timeout, and without the text of the conversation."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urljoin

import aiohttp
from rasa.utils.endpoints import EndpointConfig

from runtime import logs
from runtime.environment import expand
from runtime.limits import ACTION_TIMEOUT
from runtime.metrics import FAILURES

SENT_TRACKER_FIELDS = ("sender_id", "slots")  # all that the action server gets: the answers, not the messages


class ActionEndpoint(EndpointConfig):
    """The action server. We call it with a timeout and only send it the answers."""

    @classmethod
    def of(cls, endpoint: EndpointConfig) -> ActionEndpoint:
        """Converts the endpoint that Rasa read from endpoints.yml."""
        headers = {name: expand(value) for name, value in endpoint.headers.items()}
        access = (endpoint.params, headers, endpoint.basic_auth, endpoint.token, endpoint.token_name)
        return cls(expand(endpoint.url), *access, endpoint.cafile, **endpoint.kwargs)

    async def request(self, *args: Any, json: Any = None, **kwargs: Any) -> Any:
        """Calls the action server the way Rasa's endpoint does.

        Raises:
            asyncio.TimeoutError: it took longer than ACTION_TIMEOUT (Rasa's own is fixed at 300 seconds). Rasa carries on
                as after any failed action.
        """
        kwargs["timeout"] = aiohttp.ClientTimeout(total=ACTION_TIMEOUT)
        kwargs["headers"] = {logs.REQUEST_ID_HEADER: logs.request_id()}
        tracker = {name: json["tracker"][name] for name in SENT_TRACKER_FIELDS}
        call = {name: json[name] for name in ("next_action", "sender_id", "version")}
        try:
            return await super().request(*args, json={**call, "tracker": tracker}, **kwargs)
        except Exception:
            FAILURES.labels("actions").inc()
            raise

    async def is_available(self) -> bool:
        """Whether the action server answers."""
        try:
            async with self.session() as session:
                timeout = aiohttp.ClientTimeout(total=ACTION_TIMEOUT)
                async with session.get(urljoin(self.url, "health"), timeout=timeout) as response:
                    return bool(response.status == 200)
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return False
