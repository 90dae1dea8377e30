"""A request whose length is not clear is refused before anything reads it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from sanic.compat import Header
from sanic.exceptions import InvalidUsage, PayloadTooLarge, ServiceUnavailable

from runtime.http_limits import (
    MAX_REQUEST_SIZE,
    MAX_UNFINISHED,
    MAX_UNSIGNED_SIZE,
    SMALL_BODY,
    CheckedRequest,
    UnfinishedBody,
)


def request(*headers: tuple[str, str]) -> CheckedRequest:
    transport: Any = None
    app: Any = None
    return CheckedRequest(b"/webhooks/web/webhook", Header(headers), "1.1", "POST", transport, app)


@pytest.mark.parametrize(
    "headers",
    [[], [("Content-Length", "0")], [("Content-Length", "12")], [("Transfer-Encoding", "chunked")], [("Upgrade", "h2c")]],
)
def test_a_clear_request_is_read(headers: list[tuple[str, str]]) -> None:
    assert request(*headers).path == "/webhooks/web/webhook"


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Length", "-1")], [("Content-Length", "1"), ("Content-Length", "2")], [("Content-Length", "²")],
        [("Content-Length", "")], [("Content-Length", "1, 1")], [("Content-Length", "3"), ("Transfer-Encoding", "chunked")],
        [("Transfer-Encoding", "gzip, chunked")], [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")],
        [("Content-Encoding", "gzip")], [("Upgrade", "WebSocket")],
    ],
)  # fmt: skip
def test_any_other_request_is_refused(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidUsage):
        request(*headers)


class Stream:
    """A body of `size` bytes that arrives a kilobyte at a time, as Sanic's stream gives it."""

    request_body = True

    def __init__(self, size: int) -> None:
        self._left = size

    async def read(self) -> bytes:
        part = min(1024, self._left)
        self._left -= part
        self.request_body = self._left > 0
        return b"x" * part


def receive(size: int, *headers: tuple[str, str]) -> bytes:
    """Receives a body of `size` bytes on a route whose requests are signed."""
    received: Any = request(*headers)
    received.route, received.stream = SimpleNamespace(ctx=SimpleNamespace(signature_header="X-Signature")), Stream(size)
    asyncio.run(received.receive_body())
    return received.body


def test_without_its_signature_a_request_may_only_be_small() -> None:
    assert len(receive(MAX_UNSIGNED_SIZE)) == MAX_UNSIGNED_SIZE
    with pytest.raises(PayloadTooLarge):
        receive(MAX_UNSIGNED_SIZE + 1)
    assert len(receive(MAX_REQUEST_SIZE, ("X-Signature", "any"))) == MAX_REQUEST_SIZE


def test_unfinished_bodies_are_limited_together_and_small_ones_always_have_room() -> None:
    attackers = [UnfinishedBody() for _ in range(1300)]
    for attacker in attackers:
        for _ in range(16):
            attacker.add(b"x" * (MAX_REQUEST_SIZE // 16), MAX_REQUEST_SIZE)
    held = sum(len(attacker.body) for attacker in attackers)
    assert held <= MAX_UNFINISHED + len(attackers) * SMALL_BODY
    assert held > MAX_UNFINISHED / 2, "too little is let in"
    with pytest.raises(ServiceUnavailable):
        receive(MAX_REQUEST_SIZE, ("X-Signature", "any"))
    assert len(receive(SMALL_BODY, ("X-Signature", "any"))) == SMALL_BODY
    for attacker in attackers:
        attacker.release()
    assert UnfinishedBody.held_by_all == 0
    assert len(receive(MAX_REQUEST_SIZE, ("X-Signature", "any"))) == MAX_REQUEST_SIZE


def test_a_body_that_is_cut_off_keeps_nothing() -> None:
    body = UnfinishedBody()
    body.add(b"x" * SMALL_BODY, SMALL_BODY)
    body.add(b"x", SMALL_BODY)
    assert (len(body.body), UnfinishedBody.held_by_all) == (0, 0)
