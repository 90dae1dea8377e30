"""Lets us answer what a browser asks before it sends a request to another origin (the CORS preflight).

Rasa adds its own answer for all paths, and it lets no page speak to us. Sanic has no setting for the order of middleware, so
we put ours in front of Rasa's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse


def answer_preflight(app: Sanic, answer: Callable[[Request], Awaitable[HTTPResponse]]) -> None:
    """Makes `answer` the one that replies to every OPTIONS request of `app`. Call it before the app listens."""

    async def preflight(request: Request) -> HTTPResponse | None:
        return await answer(request) if request.method == "OPTIONS" else None

    app.request_middleware.appendleft(preflight)
