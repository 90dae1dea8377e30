"""Applies the limits of `runtime.http_limits` to Rasa's HTTP server.

Rasa starts Sanic itself and does not let us choose the class for connections, so we replace a method of
Sanic's own class.
"""

from __future__ import annotations

from functools import partial

from sanic.server.protocols.http_protocol import HttpProtocol

from runtime.http_limits import receive

_original = HttpProtocol.data_received


def _data_received(connection: HttpProtocol, data: bytes) -> None:
    receive(connection, data, partial(_original, connection))


def install() -> None:
    """Makes every Sanic connection time a request from its first byte."""
    HttpProtocol.data_received = _data_received  # type: ignore[assignment,method-assign]  # this is a patch
