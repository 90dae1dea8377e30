"""Lets us answer the CORS preflight, which a browser sends before a request to another origin.

Rasa answers it itself on every path, and refuses every page. Sanic has no setting for the order of middleware, so we put ours
in front of Rasa's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse


def answer_preflight(app: Sanic, answer: Callable[[Request], Awaitable[HTTPResponse]]) -> None:
    """Makes `answer` reply to every OPTIONS request to `app`. Call it before the app starts listening."""

    async def preflight(request: Request) -> HTTPResponse | None:
        return await answer(request) if request.method == "OPTIONS" else None

    app.request_middleware.appendleft(preflight)
