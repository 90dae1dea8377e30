"""The figures for Prometheus, as a process serves them."""

from __future__ import annotations

import urllib.request

import pytest

from runtime import metrics
from tests.support.client import free_port


def test_in_a_cluster_the_figures_are_served_at_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS_HOST", "127.0.0.2")
    port = free_port()
    metrics.serve(port)
    with urllib.request.urlopen(f"http://127.0.0.2:{port}/metrics", timeout=10) as answer:
        assert b"assistant_turn_seconds" in answer.read()
