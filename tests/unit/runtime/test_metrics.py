"""The figures for Prometheus, as a process serves them."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request

import pytest

from runtime import metrics
from tests.support.client import free_port


def test_at_another_address_the_figures_are_for_those_with_the_token() -> None:
    port = free_port()
    server = metrics.serve("127.0.0.2", port, "the-token")
    assert server
    fetched = urllib.request.Request(f"http://127.0.0.2:{port}/metrics", headers={"Authorization": "Bearer the-token"})
    try:
        with urllib.request.urlopen(fetched, timeout=10) as answer:
            assert b"assistant_turn_seconds" in answer.read()
        for sent in ("", "the-token", "Bearer ", "Bearer the-toke", "Bearer the-tokens", "bearer the-token", "Bearer \xe9"):
            fetched.add_header("Authorization", sent)
            with pytest.raises(urllib.error.HTTPError, match="401") as refused:
                urllib.request.urlopen(fetched, timeout=10)
            assert refused.value.read() == b""
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.7", "::", "assistant.example"])
def test_without_a_token_they_stay_on_this_machine(host: str, caplog: pytest.LogCaptureFixture) -> None:
    assert metrics.serve(host, free_port()) is None
    assert "METRICS_TOKEN" in caplog.text


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
