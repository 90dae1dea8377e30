"""The call of the action server, with a time limit of ours and without the conversation's text."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urljoin

import aiohttp
from rasa.utils.endpoints import EndpointConfig

from runtime import logs
from runtime.environment import expand
from runtime.metrics import FAILURES

ACTION_TIMEOUT = 2.0  # seconds for the judgement of the check; the rules take milliseconds. Rasa's own limit is 300, fixed
SENT_OF_TRACKER = ("sender_id", "slots")  # what the action server learns of a conversation: the answers, not what was written


class ActionEndpoint(EndpointConfig):
    """The action server, asked within a time limit and told no more than the answers."""

    @classmethod
    def of(cls, endpoint: EndpointConfig) -> ActionEndpoint:
        """Returns the endpoint that Rasa read from endpoints.yml as one of this kind."""
        login = (endpoint.params, endpoint.headers, endpoint.basic_auth, endpoint.token, endpoint.token_name)
        return cls(expand(endpoint.url), *login, endpoint.cafile, **endpoint.kwargs)

    async def request(self, *args: Any, json: Any | None = None, **kwargs: Any) -> Any | None:
        """Calls the action server as Rasa's endpoint does.

        Raises:
            asyncio.TimeoutError: it took longer than ACTION_TIMEOUT. Rasa goes on as after any failed action.
        """
        kwargs["timeout"] = aiohttp.ClientTimeout(total=ACTION_TIMEOUT)
        kwargs["headers"] = {logs.HEADER: logs.request_id()}
        tracker = {name: json["tracker"][name] for name in SENT_OF_TRACKER}
        call = {name: json[name] for name in ("next_action", "sender_id", "version")}
        try:
            return await super().request(*args, json={**call, "tracker": tracker}, **kwargs)
        except Exception:
            FAILURES.labels("actions").inc()
            raise

    async def is_available(self) -> bool:
        """Tells whether the action server is there."""
        try:
            async with self.session() as session:
                address, limit = urljoin(self.url, "health"), aiohttp.ClientTimeout(total=ACTION_TIMEOUT)
                async with session.get(address, timeout=limit) as response:
                    return response.status == 200
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return False
