"""What is counted, for Prometheus: numbers by a few fixed words, never a text or an id."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import Counter, Histogram, start_http_server

logger = logging.getLogger(__name__)
SECONDS = Histogram(
    "assistant_turn_seconds",
    "Time for one turn. Its count is the number of turns.",
    ["channel"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
MESSAGES = Counter("assistant_messages", "Messages sent, by kind, such as fallback or emergency.", ["channel", "kind"])
OUTCOMES = Counter("assistant_outcomes", "Results of the check.", ["outcome"])
FAILURES = Counter("assistant_failures", "What failed: a turn, the store, or the action server.", ["part"])


def count(channel: str, messages: Iterable[Mapping[str, Any]]) -> None:
    """Counts the messages of one turn."""
    for message in messages:
        about = message.get("metadata") or {}
        MESSAGES.labels(channel, about.get("kind", "")).inc()
        if about.get("outcome"):
            OUTCOMES.labels(about["outcome"]).inc()


def serve(port: str) -> None:
    """Serves the figures on a port of the loopback interface, or of the address METRICS_HOST; without a port, nowhere."""
    try:
        if port:
            start_http_server(int(port), addr=os.environ.get("METRICS_HOST", "127.0.0.1"))
    except (OSError, ValueError) as error:
        # Nobody loses an answer for want of a figure.
        logger.error("The metrics cannot be served on port %s: %s", port, type(error).__name__)
