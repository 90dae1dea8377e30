"""The figures for Prometheus, as a process serves them."""

from __future__ import annotations

import socket
import urllib.request

import pytest

from runtime import metrics
from tests.support.client import free_port


def test_in_a_cluster_the_figures_are_served_at_another_address() -> None:
    port = free_port()
    server = metrics.serve("127.0.0.2", port)
    assert server
    try:
        with urllib.request.urlopen(f"http://127.0.0.2:{port}/metrics", timeout=10) as answer:
            assert b"assistant_turn_seconds" in answer.read()
    finally:
        server.shutdown()
        server.server_close()


def test_a_port_that_is_no_port_stops_nothing() -> None:
    assert metrics.serve("127.0.0.1", "none") is None


def test_a_silent_connection_does_not_keep_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "REQUEST_TIMEOUT", 0.2)
    port = free_port()
    server = metrics.serve("127.0.0.1", port)
    assert server
    try:
        with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as silent:
            assert silent.recv(1) == b"", "the server did not hang up"
    finally:
        server.shutdown()
        server.server_close()
