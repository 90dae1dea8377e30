"""Bodies of every kind, made by Hypothesis: none gets an error of the server, and what is refused is told the emergency number.

`pytest tests/attacks --hypothesis-profile=fresh` tries new ones.
"""

from __future__ import annotations

import http.client
import json
from typing import Any, Dict, Iterator, Tuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Server

EXAMPLES = 1700  # of twelve bodies each
REFUSED = {400, 401, 413}
Request = Tuple[str, str, bytes]

texts = st.text(st.characters(), max_size=30)  # lone surrogates, NUL and all
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)


class Caller:
    """Speaks to the web channel over one connection, which must not break."""

    def __init__(self, server: Server) -> None:
        self.token = server.session()
        self._connection = http.client.HTTPConnection("127.0.0.1", int(server.port), timeout=30)

    def send(self, method: str, path: str, body: bytes, **headers: str) -> Tuple[int, Any]:
        """Returns the status and the answer, after checking what holds for every answer."""
        sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
        self._connection.request(method, f"/webhooks/web/{path}", body, sent)
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200 or response.status in REFUSED, answer
        if response.status != 200:
            assert set(answer) == {"error", "message", "emergency"}
            assert "911" in answer["emergency"]
        return response.status, answer

    def say(self, message: str) -> Tuple[int, Any]:
        """Sends a message; returns the status and the answer."""
        return self.send("POST", "webhook", json.dumps({"sender": self.token, "message": message}).encode())


@pytest.fixture
def caller(victim: Server) -> Caller:
    return Caller(victim)


def requests(token: str, value: Any, text: str, junk: bytes, place: int) -> Iterator[Request]:
    """Yields what is refused, or has no effect: any JSON, no JSON, and what is almost right but for one part."""
    right = {"sender": token, "message": "hi", "topic": "ask_cost", "helpful": True}
    anything = json.dumps(value).encode()
    for method, path in (("POST", "webhook"), ("POST", "feedback"), ("POST", "session"), ("DELETE", "session")):
        yield method, path, anything
    yield "POST", "webhook", junk
    yield "DELETE", "session", junk
    broken = json.dumps(right).encode()
    yield "POST", "webhook", broken[:place] + junk + broken[place + 1 :]
    wrong: Dict[str, Any] = {"webhook": {"message": value}, "feedback": {"topic": value, "helpful": text}}
    for path, parts in wrong.items():
        for part in parts.items():
            yield "POST", path, json.dumps(dict([*right.items(), part])).encode()
    yield "POST", "feedback", json.dumps({**right, "sender": text}).encode()


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=values, text=texts, junk=st.binary(max_size=40), place=st.integers(0, 120))
def test_twenty_thousand_bodies(caller: Caller, value: Any, text: str, junk: bytes, place: int) -> None:
    for request in requests(caller.token, value, text, junk, place):
        caller.send(*request)
    told = {"sender": caller.token, "message": text, "metadata": value, "input_channel": value, "parse_data": value}
    status, answer = caller.send("POST", "webhook", json.dumps(told).encode())
    assert status != 200 or all(message["text"] for message in answer)
