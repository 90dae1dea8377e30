"""The action server is slow, fails, or talks nonsense: the check says at once that it can't go on, and gives no outcome."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from channels.turn import conversation_store
from tests.support.assistant import Assistant
from tests.support.client import kinds

PROFILE = "i'm 34, AGA, minoxidil did nothing, no health problems, still early"
Answer = tuple[float, int, bytes]  # seconds that it takes, status, body
OUTCOME = json.dumps({"events": [{"event": "slot", "name": "candidacy_outcome", "value": "worth_discussing"}], "responses": []})


class FakeActionServer(socketserver.ThreadingTCPServer):
    """An action server that answers what a test tells it to."""

    daemon_threads = True

    def __init__(self) -> None:
        self.answer: Answer = (0, 200, b"")
        self.calls: list[Any] = []
        super().__init__(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def _handler(self) -> Callable[..., BaseHTTPRequestHandler]:
        fake_server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                fake_server.calls.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                seconds, status, body = fake_server.answer
                time.sleep(seconds)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@pytest.fixture
def fake_server(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeActionServer]:
    """Stands where the action server was."""
    server = FakeActionServer()
    monkeypatch.setattr(assistant.agent.processor.action_endpoint, "url", f"http://127.0.0.1:{server.server_address[1]}/webhook")
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "answer",
    [
        (30, 200, OUTCOME.encode()),
        (0, 500, b"{}"),
        (0, 400, b"no JSON"),
        (0, 200, b""),
        (0, 200, b"[]"),
        (0, 200, b'{"events": [{"event": "nothing"}], "responses": []}'),
        (0, 200, b'{"events": 3}'),
    ],
    ids=["slow", "fails", "refuses", "empty", "a list", "an unknown event", "nonsense"],
)
def test_no_outcome_is_given_that_the_rules_did_not_give(
    assistant: Assistant, fake_server: FakeActionServer, answer: Answer
) -> None:
    fake_server.answer = answer
    talk = assistant.talk()
    began = time.monotonic()
    replies = talk.say(PROFILE)
    assert time.monotonic() - began < 5
    assert fake_server.calls
    assert kinds(replies)[0] == "notice"
    assert "can't go on" in replies[0]["text"]
    assert talk.slots()["candidacy_outcome"] is None
    assert kinds(talk.say("my throat is closing"))[0] == "emergency"


def test_the_answers_stay_and_are_judged_once_it_is_back(
    assistant: Assistant, fake_server: FakeActionServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_server.answer = (0, 500, b"")
    talk = assistant.talk()
    assert kinds(talk.say(PROFILE))[0] == "notice"
    monkeypatch.undo()
    assert kinds(talk.say("am i a candidate"))[0].startswith("assessment")


def test_it_learns_the_answers_and_not_what_was_written(assistant: Assistant, fake_server: FakeActionServer) -> None:
    assistant.talk().say(PROFILE)
    (call,) = fake_server.calls
    assert call["tracker"]["slots"]["age"] == "34"
    assert PROFILE not in json.dumps(call)


def test_nothing_private_reaches_it(assistant: Assistant, fake_server: FakeActionServer) -> None:
    assistant.talk().say(f"{PROFILE}, mail me at jane.doe@example.com or at 12 Elm Street")
    (call,) = fake_server.calls
    assert call["tracker"]["slots"]["age"] == "34"
    assert "jane.doe" not in json.dumps(call)
    assert "Elm" not in json.dumps(call)


def test_the_store_is_not_wrapped(assistant: Assistant) -> None:
    assert conversation_store(assistant.agent) is assistant.agent.tracker_store is assistant.agent.processor.tracker_store
