"""What we count, for Prometheus: numbers under a few fixed words, never a text or an id."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from prometheus_client import Counter, Histogram, start_http_server

from runtime.environment import setting
from runtime.shapes import Message

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


def count(channel: str, messages: Iterable[Message]) -> None:
    """Counts the messages of one turn."""
    for message in messages:
        metadata = message.get("metadata") or {}
        MESSAGES.labels(channel, metadata.get("kind", "")).inc()
        if metadata.get("outcome"):
            OUTCOMES.labels(metadata["outcome"]).inc()


def serve(port: str) -> None:
    """Serves the figures on `port` of the loopback interface, or of the address METRICS_HOST."""
    try:
        start_http_server(int(port), addr=setting("METRICS_HOST"))
    except (OSError, ValueError) as error:
        # Nobody should lose an answer because a figure is missing.
        logger.error("The metrics cannot be served on port %s: %s", port, type(error).__name__)
