"""Hides the page at `/`, with which Rasa tells everybody its version. There is no setting for that."""

from __future__ import annotations

from sanic import Sanic
from sanic.exceptions import NotFound
from sanic.request import Request


def hide_banner(app: Sanic) -> None:
    """Makes `/` an unknown address. Call it before the app starts listening."""

    async def refuse_root(request: Request) -> None:
        if request.path == "/":
            raise NotFound("Not found.")

    app.register_middleware(refuse_root, "request")
