"""What the server does besides answering: it keeps visitors out of the logs, and Rasa's agent to our limits."""

from __future__ import annotations

from typing import Any, Optional

import aiohttp
from rasa.core.agent import Agent
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic

from channels.messages import conversation_store
from components.logs import keep_visitors_out

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
        tracker = {name: json["tracker"][name] for name in JUDGED_BY}
        call = {name: json[name] for name in ("next_action", "sender_id", "version")}
        return await super().request(*args, json={**call, "tracker": tracker, "domain": {}}, **kwargs)


def prepare(agent: Agent) -> None:
    """Gives a loaded agent our action endpoint, and our store bare: Rasa's wrapper makes an empty conversation of a failure."""
    endpoint, store = agent.action_endpoint, conversation_store(agent)
    if endpoint:
        login = (endpoint.params, endpoint.headers, endpoint.basic_auth, endpoint.token, endpoint.token_name)
        endpoint = ActionEndpoint(endpoint.url, *login, endpoint.cafile)
    for part in filter(None, (agent, agent.processor)):
        part.action_endpoint, part.tracker_store = endpoint, store


async def begin(app: Sanic) -> None:
    """Begins what runs with the server; called once its model is loaded, before its first request."""
    keep_visitors_out()
    agent = getattr(app.ctx, "agent", None)
    if agent:
        prepare(agent)
