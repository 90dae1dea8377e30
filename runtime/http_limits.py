"""Stops callers from tying up a server with malformed or slow requests, before any of our code sees them.

Sanic 21.12, which Rasa pins, trusts what a request says about itself: `Content-Length: -1` followed by one byte sends it into an
endless loop, and nobody gets an answer. It also waits forever for a request that arrives byte by byte.
"""

from __future__ import annotations

import asyncio
import re
import resource
from collections.abc import AsyncIterator, Callable
from typing import Any

from sanic import Sanic
from sanic.compat import Header
from sanic.exceptions import InvalidUsage, PayloadTooLarge, RequestTimeout, ServiceUnavailable
from sanic.http import Http, Stage
from sanic.request import Request
from sanic.response import BaseHTTPResponse
from sanic.server.protocols.http_protocol import HttpProtocol

MAX_REQUEST_SIZE = 1024 * 1024  # bytes; a platform may send hundreds of messages in one request
MAX_READ_SIZE = 16 * MAX_REQUEST_SIZE  # bytes that we read before hanging up; a sender that we cut off never sees why
MAX_UNSIGNED_SIZE = 4 * 1024  # bytes, on a route with `ctx_signature_header`, for a request without that header
MAX_UNFINISHED = 64 * MAX_REQUEST_SIZE  # bytes of all bodies that are still arriving, together
SMALL_BODY = 16 * 1024  # bytes; that much of each body does not count, so that large ones never keep a visitor's message out
MAX_REQUEST_DURATION = 20.0  # seconds from the first byte of a request to its answer; a turn takes at most five
MAX_KEEP_ALIVE = 75.0  # seconds between two requests; longer than a proxy's minute, so that the proxy hangs up first
MAX_SECONDS = {
    "REQUEST_TIMEOUT": MAX_REQUEST_DURATION,
    "RESPONSE_TIMEOUT": MAX_REQUEST_DURATION,
    "KEEP_ALIVE_TIMEOUT": MAX_KEEP_ALIVE,
}  # keyed by the name of the Sanic setting
MAX_CONNECTIONS = 65_536  # open files of the process
# Sanic takes more for a header or a chunk than a proxy does. Then the two disagree on where a request ends.
HEADER = re.compile(rb"[\w!#$%&'*+.^`|~-]+:[^\0\r\n]*")
CHUNK_SIZE = re.compile(rb"\r\n[0-9A-Fa-f]{1,8}\r\n")
LAST_CHUNK = re.compile(rb"\r\n0{1,8}\r\n")
MAX_CHUNK_SIZE_LENGTH = 12  # bytes, with the two line ends


class CheckedRequest(Request):
    """A request with a sane head, and a body no larger than its route allows (`ctx_max_body_size`, in bytes)."""

    def __init__(self, url_bytes: bytes, headers: Header, version: str, method: str, *rest: Any, **more: Any) -> None:
        """Checks what Sanic has read.

        Raises:
            InvalidUsage: a header is malformed, the length is ambiguous, or the request is compressed or for another protocol.
        """
        # To report an error, Sanic builds a request without a method, from the URL that may have caused the error.
        super().__init__(b"*" if method == "NONE" else url_bytes, headers, version, method, *rest, **more)
        if not all(map(HEADER.fullmatch, self.head.split(b"\r\n")[1:])) or len(headers.getall("host", [])) > 1:
            raise InvalidUsage("A header is malformed.")
        if not _has_clear_length(headers):
            raise InvalidUsage("The length of the request is ambiguous.")
        if "content-encoding" in headers or headers.get("upgrade", "").lower() == "websocket":
            raise InvalidUsage("Compressed requests and other protocols are not supported.")

    async def receive_body(self) -> None:
        """Reads the body. If it is too large, reads the rest and throws it away.

        Raises:
            InvalidUsage: the chunks of the body are malformed.
            PayloadTooLarge: the body is larger than the route allows.
            ServiceUnavailable: too many large bodies are arriving at the same time.
        """
        assert self.stream
        unfinished, max_size = UnfinishedBody(), self._max_body_size()
        try:
            async for part in _body_parts(self.stream):
                unfinished.add(part, max_size)
        except asyncio.CancelledError:
            # Sanic would answer 503, as if we were the slow ones, and then wait forever for the rest.
            self.stream.exception, self.stream.request_body = RequestTimeout("The request took too long."), None
            raise
        finally:
            unfinished.release()
        if unfinished.size > max_size:
            raise PayloadTooLarge("The request is too large.")
        if unfinished.is_cut_off:
            raise ServiceUnavailable("Too many large requests are arriving.")
        self.body = bytes(unfinished.body)

    def _max_body_size(self) -> int:
        assert self.route
        signature_header = getattr(self.route.ctx, "signature_header", None)
        if signature_header and signature_header not in self.headers:
            return MAX_UNSIGNED_SIZE
        return getattr(self.route.ctx, "max_body_size", MAX_REQUEST_SIZE)


class UnfinishedBody:
    """A body that is arriving. All of them together hold no more than MAX_UNFINISHED bytes beyond SMALL_BODY each."""

    held_by_all = 0  # bytes

    def __init__(self) -> None:
        self.body, self.size, self.is_cut_off, self._held = bytearray(), 0, False, 0

    def add(self, part: bytes, max_size: int) -> None:
        """Adds `part`, but throws everything away once the body is larger than `max_size` bytes or there is no room."""
        self.size += len(part)
        held = max(0, self.size - SMALL_BODY)
        has_room = held == 0 or UnfinishedBody.held_by_all + held - self._held <= MAX_UNFINISHED
        if self.is_cut_off or self.size > max_size or not has_room:
            self.is_cut_off = True
            self.release()
            return
        self.body += part
        UnfinishedBody.held_by_all += held - self._held
        self._held = held

    def release(self) -> None:
        """Gives back what the body holds."""
        UnfinishedBody.held_by_all -= self._held
        self._held = 0
        if self.is_cut_off:
            self.body.clear()


def _has_clear_length(headers: Header) -> bool:
    lengths, encodings = headers.getall("content-length", []), headers.getall("transfer-encoding", [])
    if not lengths:
        return encodings in ([], ["chunked"])
    return not encodings and len(lengths) == 1 and lengths[0].isascii() and lengths[0].isdigit()


async def _body_parts(stream: Http) -> AsyncIterator[bytes]:
    """Yields a body as it arrives, and checks the size of each chunk before Sanic reads it.

    Raises:
        InvalidUsage: the size is not just hexadecimal digits, or something follows the last chunk.
    """
    while stream.request_body:
        if stream.request_body == "chunked" and not stream.request_bytes_left:
            await _check_chunk(stream)
        part = await stream.read()
        if part:
            yield part


async def _check_chunk(stream: Http) -> None:
    while (end := stream.recv_buffer.find(b"\r\n", 3)) < 0 and len(stream.recv_buffer) <= MAX_CHUNK_SIZE_LENGTH:
        await stream._receive_more()
    size = bytes(stream.recv_buffer[: end + 2])
    is_clear = CHUNK_SIZE.fullmatch(size) is not None
    if LAST_CHUNK.fullmatch(size):
        while len(stream.recv_buffer) < end + 4:
            await stream._receive_more()
        is_clear = stream.recv_buffer[end + 2 : end + 4] == b"\r\n"
    if not is_clear:
        stream.request_body, stream.keep_alive = None, False
        raise InvalidUsage("The chunks of the request are malformed.")


async def _close_if_unread(request: Request, _response: BaseHTTPResponse) -> None:
    """Ends the connection after a request whose body we did not read, such as one to an unknown path."""
    if request.stream and request.stream.request_body:
        request.stream.keep_alive = False


def receive(connection: HttpProtocol, data: bytes, receive_unlimited: Callable[[bytes], None]) -> None:
    """Hands `data` to Sanic without restarting the request's clock.

    Sanic starts counting again at every byte, so a trickle would never time out.

    Args:
        connection: the connection that the data came in on.
        data: the bytes.
        receive_unlimited: Sanic's own method for handling them.
    """
    started, http = connection._time, getattr(connection, "_http", None)
    receive_unlimited(data)
    # After we refuse a request early, the rest of it may still arrive.
    if http is not None and (http.stage is not Stage.IDLE or getattr(http, "request_body", None)):
        connection._time = started


class LimitedHttpProtocol(HttpProtocol):
    """Sanic's connection, with `MAX_REQUEST_DURATION` per request, from its first byte. For `app.run(protocol=...)`."""

    def data_received(self, data: bytes) -> None:
        receive(self, data, super().data_received)


def limit_requests(app: Sanic) -> None:
    """Applies the limits above to every request to `app`. Call it before the app starts listening."""
    app.request_class = CheckedRequest
    app.register_middleware(_close_if_unread, "response")
    app.config.REQUEST_MAX_SIZE = MAX_READ_SIZE
    for name, seconds in MAX_SECONDS.items():
        app.config[name] = min(app.config[name], seconds)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, MAX_CONNECTIONS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
