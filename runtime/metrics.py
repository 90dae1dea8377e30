"""The metrics for Prometheus. Labels come from a few fixed words, never from a text or an id."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any
from wsgiref.simple_server import WSGIServer

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from runtime.limits import MIN_SECRET_LENGTH
from runtime.shapes import Message

Answer = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]  # what a WSGI server calls

logger = logging.getLogger(__name__)
REQUEST_TIMEOUT = 5.0  # seconds without a byte; each connection holds a thread
SECONDS = Histogram(
    "assistant_turn_seconds",
    "Time taken by one turn. The count is the number of turns.",
    ["channel"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
MESSAGES = Counter("assistant_messages", "Messages sent, by kind, such as fallback or emergency.", ["channel", "kind"])
OUTCOMES = Counter("assistant_outcomes", "Outcomes of the candidacy check.", ["outcome"])
FAILURES = Counter("assistant_failures", "Failures, by part: turn, store or action server.", ["part"])
REFUSED_JUDGEMENTS = Counter(
    "assistant_refused_judgements",
    "Answers of the action server that our rules contradict (disagreement), or with something that it may not send (addition).",
    ["reason"],
)
CALLBACKS = Counter(
    "assistant_callbacks", "Requests to be called back: received, delivered or expired, and attempts that failed.", ["event"]
)
DATABASE_BYTES = Gauge("assistant_database_bytes", "What the database takes, with SQLite's write-ahead log.")
DATABASE_IS_FULL = Gauge(
    "assistant_database_is_full", "1 if that is MAX_DATABASE_SIZE or more, so that no conversation is stored."
)
for event in ("received", "delivered", "failed", "expired"):
    CALLBACKS.labels(event)
for reason in ("disagreement", "addition"):
    REFUSED_JUDGEMENTS.labels(reason)  # so that an alarm sees 0 from the beginning, and the first one as an increase


def count(channel: str, messages: Iterable[Message]) -> None:
    """Counts the messages of one turn."""
    for message in messages:
        metadata = message.get("metadata") or {}
        MESSAGES.labels(channel, metadata.get("kind", "")).inc()
        if metadata.get("outcome"):
            OUTCOMES.labels(metadata["outcome"]).inc()


def serve(host: str, port: str, token: str = "") -> WSGIServer | None:
    """Serves the metrics in a thread, to whoever sends the token if there is one.

    Returns the server. None if it could not start, or if there is no long enough token although others can reach `host`.
    """
    if len(token) < MIN_SECRET_LENGTH and not _is_loopback(host):
        logger.error("Nobody gets the metrics: beyond loopback, METRICS_TOKEN must have %d characters.", MIN_SECRET_LENGTH)
        return None
    try:
        server, _ = start_http_server(int(port), addr=host)
    except (OSError, ValueError) as error:
        # A visitor should still get an answer when there are no metrics.
        logger.error("Cannot serve the metrics on port %s: %s", port, type(error).__name__)
        return None
    handler: Any = server.RequestHandlerClass
    server.RequestHandlerClass = type("TimedHandler", (handler,), {"timeout": REQUEST_TIMEOUT})
    if token:
        server.set_app(_only_with(token, server.get_app()))  # type: ignore[arg-type]
    return server


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _only_with(token: str, answer: Answer) -> Answer:
    """Wraps what answers a request so that it asks for the token first."""

    def answer_if_allowed(request: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        sent = request.get("HTTP_AUTHORIZATION", "").encode("latin-1")
        if hmac.compare_digest(sent, f"Bearer {token}".encode()):
            return answer(request, start)
        start("401 Unauthorized", [("WWW-Authenticate", "Bearer")])
        return []

    return answer_if_allowed
