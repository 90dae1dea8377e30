"""A request whose length is not clear is refused before anything reads it."""

from __future__ import annotations

from typing import Any

import pytest
from sanic.compat import Header
from sanic.exceptions import InvalidUsage

from runtime.http_limits import CheckedRequest


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
