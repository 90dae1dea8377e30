"""A client of the web channel that keeps one connection open."""

from __future__ import annotations

import http.client
import itertools
import json
import time
from typing import Any

from tests.support.servers import Server

WEBSITE = "https://www.example-dermatology.com"  # the clinic's website, whose pages may call us
LONG = "does it hurt " * 380
# Seconds, far more than an answer takes on a busy machine. `make bench` and `make soak` measure how long it takes.
SOON = 15
REFUSED = {400, 401, 403, 413}


class Caller:
    """Talks to the web channel over a single connection, which must not break."""

    def __init__(self, server: Server, source: str = "127.0.0.1") -> None:
        """Begins a session. `source` is the loopback address that the caller comes from."""
        self.token = server.session()
        self._connection = http.client.HTTPConnection("127.0.0.1", int(server.port), 30, source_address=(source, 0))

    def send(self, method: str, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
        """Sends a request, checks what must hold for every answer, and returns the status and the answer."""
        sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
        self._connection.request(method, f"/webhooks/web/{path}", body, sent)
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200 or response.status in REFUSED, answer
        if response.status != 200:
            assert set(answer) == {"error", "message", "emergency"}
            assert "911" in answer["emergency"]
        return response.status, answer

    def say(self, message: str) -> tuple[int, Any]:
        """Sends a message. Returns the status and the answer."""
        return self.send("POST", "webhook", json.dumps({"sender": self.token, "message": message}).encode())


def take_turns(*visitors: Caller, number: int, pause: float = 0.0) -> list[float]:
    """Lets `visitors` ask one after the other, with a pause in seconds before each. Returns the seconds that each turn took."""
    seconds, questions = [], itertools.cycle(["does it hurt", "how much does it cost", "what are exosomes", "is it fda approved"])
    for visitor, question in itertools.islice(zip(itertools.cycle(visitors), questions, strict=False), number):
        time.sleep(pause)
        began = time.monotonic()
        assert visitor.say(question)[0] == 200
        seconds.append(time.monotonic() - began)
    return seconds


class Visitor:
    """Comes from a loopback address of its own, so that the others' limits stay untouched."""

    def __init__(self, server: Server, address: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", int(server.port), 30, source_address=(address, 0))

    def send(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any, Any]:
        """Returns the status, the seconds to wait, and the decoded answer."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        self._connection.request(method, f"/webhooks/web/{path}", json.dumps(body) if body is not None else None, headers)
        response = self._connection.getresponse()
        return response.status, response.headers["Retry-After"], json.loads(response.read())
