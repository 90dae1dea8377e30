"""Keeps a caller from holding up a server by the way it sends a request, before any of our code sees the request.

Sanic 21.12, which Rasa pins, believes what a request says about itself: a `Content-Length: -1` with one byte after it is an
endless loop, for everybody. And Sanic waits forever for a request that comes byte by byte.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from typing import Any

from sanic import Sanic
from sanic.compat import Header
from sanic.exceptions import InvalidUsage, PayloadTooLarge, RequestTimeout
from sanic.http import Stage
from sanic.request import Request
from sanic.server.protocols.http_protocol import HttpProtocol

MAX_REQUEST_SIZE = 1024 * 1024  # bytes; a platform may send hundreds of messages in one request
MAX_READ_SIZE = 16 * MAX_REQUEST_SIZE  # bytes that we read at all: a sender who is cut off does not hear why
MAX_REQUEST_DURATION = 20.0  # seconds from the first byte of a request to its answer; a turn takes five at most
MAX_KEEP_ALIVE = 75.0  # seconds between two requests; more than a proxy's minute, so that the proxy hangs up first
MAX_SECONDS = {
    "REQUEST_TIMEOUT": MAX_REQUEST_DURATION,
    "RESPONSE_TIMEOUT": MAX_REQUEST_DURATION,
    "KEEP_ALIVE_TIMEOUT": MAX_KEEP_ALIVE,
}  # by the name of Sanic's setting
MAX_CONNECTIONS = 65_536  # open files of the process


class CheckedRequest(Request):
    """A request whose head makes sense, and whose body is no larger than its route takes (`ctx_max_body_size`, in bytes)."""

    def __init__(self, url_bytes: bytes, headers: Header, version: str, method: str, *rest: Any, **more: Any) -> None:
        """Checks what Sanic has read.

        Raises:
            InvalidUsage: the length of the request is not clear, it is compressed, or it asks for another protocol.
        """
        # To report an error, Sanic makes a request without a method, with the address that may have caused the error.
        super().__init__(b"*" if method == "NONE" else url_bytes, headers, version, method, *rest, **more)
        if not _has_clear_length(headers):
            raise InvalidUsage("The length of the request is not clear.")
        if "content-encoding" in headers or headers.get("upgrade", "").lower() == "websocket":
            raise InvalidUsage("No compressed request is read, and no other protocol spoken.")

    async def receive_body(self) -> None:
        """Reads the body; drops the rest of one that is too large as it comes.

        Raises:
            PayloadTooLarge: it is larger than its route takes.
        """
        assert self.route
        assert self.stream
        max_size, body, size = getattr(self.route.ctx, "max_body_size", MAX_REQUEST_SIZE), bytearray(), 0
        try:
            async for part in self.stream:
                size += len(part)
                if size <= max_size:
                    body += part
        except asyncio.CancelledError:
            # Sanic would answer 503, as if the delay were ours, and then wait forever for the rest.
            self.stream.exception, self.stream.request_body = RequestTimeout("The request took too long."), None
            raise
        if size > max_size:
            raise PayloadTooLarge("The request is too large.")
        self.body = bytes(body)


def _has_clear_length(headers: Header) -> bool:
    lengths, encodings = headers.getall("content-length", []), headers.getall("transfer-encoding", [])
    if not lengths:
        return encodings in ([], ["chunked"])
    return not encodings and len(lengths) == 1 and lengths[0].isascii() and lengths[0].isdigit()


def receive(connection: HttpProtocol, data: bytes, receive_unlimited: Callable[[bytes], None]) -> None:
    """Hands `data` to Sanic without restarting the clock of the request.

    Sanic starts counting again with every byte, so a trickle would never end.

    Args:
        connection: where the data came in.
        data: the bytes.
        receive_unlimited: Sanic's own method for them.
    """
    started, http = connection._time, getattr(connection, "_http", None)
    receive_unlimited(data)
    # The rest of a request that was refused early may still come.
    if http is not None and (http.stage is not Stage.IDLE or getattr(http, "request_body", None)):
        connection._time = started


class LimitedHttpProtocol(HttpProtocol):
    """Sanic's connection, where a request has `MAX_REQUEST_DURATION` from its first byte. For `app.run(protocol=...)`."""

    def data_received(self, data: bytes) -> None:
        receive(self, data, super().data_received)


def limit_requests(app: Sanic) -> None:
    """Applies the limits above to all requests to `app`. Call it before the app listens."""
    app.request_class = CheckedRequest
    app.config.REQUEST_MAX_SIZE = MAX_READ_SIZE
    for name, seconds in MAX_SECONDS.items():
        app.config[name] = min(app.config[name], seconds)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, MAX_CONNECTIONS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
