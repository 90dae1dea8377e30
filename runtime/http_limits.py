"""Keeps a caller from holding up a server by the way a request is sent, before any of our code sees it.

Sanic 21.12, which Rasa holds us to, believes what a request says of itself: a `Content-Length: -1` with one byte behind it is a
loop without end, for everybody. And it waits without end for a request that comes byte by byte.
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
MAX_READ_SIZE = 16 * MAX_REQUEST_SIZE  # bytes of a request that are read at all: a sender who is cut off does not hear why
MAX_REQUEST_DURATION = 20.0  # seconds from the first byte of a request to its answer, of which a turn takes five at most
MAX_KEEP_ALIVE = 75.0  # seconds between two requests; more than a proxy's minute, so that the proxy is first to hang up
MAX_CONNECTIONS = 65_536


class CheckedRequest(Request):
    """A request whose head makes sense, and of whose body no more is kept than its route takes (`ctx_largest`, in bytes)."""

    def __init__(self, url_bytes: bytes, headers: Header, version: str, method: str, *rest: Any, **more: Any) -> None:
        """Takes what Sanic has read.

        Raises:
            InvalidUsage: nobody can tell how long the request is, it is compressed, or it asks for another protocol.
        """
        # To tell of a fault Sanic makes a request without a method, with the address in which the fault may be.
        super().__init__(b"*" if method == "NONE" else url_bytes, headers, version, method, *rest, **more)
        lengths, codings = headers.getall("content-length", []), headers.getall("transfer-encoding", [])
        counted = len(lengths) == 1 and not codings and lengths[0].isascii() and lengths[0].isdigit()
        chunked = codings == ["chunked"] and not lengths
        if not counted and not chunked and (lengths or codings):
            raise InvalidUsage("The length of the request is not clear.")
        if "content-encoding" in headers or headers.get("upgrade", "").lower() == "websocket":
            raise InvalidUsage("No compressed request is read, and no other protocol spoken.")

    async def receive_body(self) -> None:
        """Reads the body; what is too large is dropped as it comes.

        Raises:
            PayloadTooLarge: it is larger than its route takes.
        """
        largest, kept, size = getattr(self.route.ctx, "largest", MAX_REQUEST_SIZE), bytearray(), 0
        try:
            async for piece in self.stream:
                size += len(piece)
                if size <= largest:
                    kept += piece
        except asyncio.CancelledError:
            # Sanic would answer 503, as if the delay were ours, and then wait for the rest without end.
            self.stream.exception, self.stream.request_body = RequestTimeout("The request took too long."), None
            raise
        if size > largest:
            raise PayloadTooLarge("The request is too large.")
        self.body = bytes(kept)


def receive(connection: HttpProtocol, data: bytes, receive_unlimited: Callable[[bytes], None]) -> None:
    """Takes what came, without starting the clock again.

    Sanic begins to count the seconds of a request anew with every byte, so a trickle would have no end.

    Args:
        connection: where it came.
        data: the bytes.
        receive_unlimited: Sanic's own way to take them.
    """
    began, http = connection._time, getattr(connection, "_http", None)
    receive_unlimited(data)
    # Of a request that was refused early, the rest may still come.
    if http is not None and (http.stage is not Stage.IDLE or getattr(http, "request_body", None)):
        connection._time = began


class LimitedHttpProtocol(HttpProtocol):
    """Sanic's connection, where a request has `MAX_REQUEST_DURATION` from its first byte. For `app.run(protocol=...)`."""

    def data_received(self, data: bytes) -> None:
        """See `receive`."""
        receive(self, data, super().data_received)


def limit_requests(app: Sanic) -> None:
    """Holds all requests to `app` to the limits above. To be called before it listens."""
    app.request_class = CheckedRequest
    app.config.REQUEST_MAX_SIZE = MAX_READ_SIZE
    app.config.REQUEST_TIMEOUT = min(app.config.REQUEST_TIMEOUT, MAX_REQUEST_DURATION)
    app.config.RESPONSE_TIMEOUT = min(app.config.RESPONSE_TIMEOUT, MAX_REQUEST_DURATION)
    app.config.KEEP_ALIVE_TIMEOUT = min(app.config.KEEP_ALIVE_TIMEOUT, MAX_KEEP_ALIVE)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MAX_CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, MAX_CONNECTIONS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
