"""Runs the action server on loopback only. Rasa's own command listens on every address."""

from __future__ import annotations

import logging
import signal
from hmac import compare_digest
from typing import Any

from rasa_sdk.endpoint import create_app
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from runtime import logs
from runtime.environment import setting
from runtime.http_limits import LimitedHttpProtocol, limit_requests
from runtime.limits import MIN_SECRET_LENGTH

logger = logging.getLogger("actions.server")


async def start_private_logging(_app: Sanic, _loop: Any) -> None:
    logs.start_private_logging()


async def refuse(_request: Request, error: Exception) -> HTTPResponse:
    """Answers a failed request. Rasa's own answer would quote the whole request."""
    logger.error("An action failed: %s", type(error).__name__)
    return json({"error": type(error).__name__}, status=getattr(error, "status_code", 500))


def require_key(app: Sanic, key: str) -> None:
    """Refuses every call without the key that Rasa sends, except the question whether the server is up.

    Raises:
        ValueError: the key is too short to be a secret.
    """
    if len(key) < MIN_SECRET_LENGTH:
        raise ValueError(f"ACTION_SECRET must be set to at least {MIN_SECRET_LENGTH} random characters.")

    async def check_key(request: Request) -> HTTPResponse | None:
        if request.path == "/health" or compare_digest((request.token or "").encode("utf-8", "surrogateescape"), key.encode()):
            return None
        return json({"error": "Unauthorized"}, status=401, headers={"WWW-Authenticate": "Bearer"})

    app.register_middleware(check_key, "request")


if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as in Rasa's process
    logging.basicConfig(level=setting("LOG_LEVEL").upper())
    app: Sanic = create_app("actions.actions", cors_origins=[])
    limit_requests(app)
    require_key(app, setting("ACTION_SECRET"))
    app.error_handler.add(Exception, refuse)
    app.register_listener(start_private_logging, "after_server_start")
    app.register_middleware(logs.bind_request_id, "request")
    app.run("127.0.0.1", int(setting("ACTION_PORT")), protocol=LimitedHttpProtocol, access_log=False, workers=1)
