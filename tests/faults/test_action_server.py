"""The action server is slow, fails, or talks nonsense: the check says at once that it cannot go on, and gives no outcome."""

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


class StandIn(socketserver.ThreadingTCPServer):
    """An action server that answers what a test tells it to."""

    daemon_threads = True

    def __init__(self) -> None:
        self.answer: Answer = (0, 200, b"")
        self.calls: list[Any] = []
        super().__init__(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def _handler(self) -> Callable[..., BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                stand_in.calls.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                seconds, status, body = stand_in.answer
                time.sleep(seconds)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@pytest.fixture
def stand_in(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """Stands where the action server was."""
    server = StandIn()
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
def test_no_outcome_is_given_that_the_rules_did_not_give(assistant: Assistant, stand_in: StandIn, answer: Answer) -> None:
    stand_in.answer = answer
    talk = assistant.talk()
    began = time.monotonic()
    replies = talk.say(PROFILE)
    assert time.monotonic() - began < 5
    assert stand_in.calls
    assert kinds(replies)[0] == "notice"
    assert "cannot go on" in replies[0]["text"]
    assert talk.slots()["candidacy_outcome"] is None
    assert kinds(talk.say("my throat is closing"))[0] == "emergency"


def test_the_answers_stay_and_are_judged_once_it_is_back(
    assistant: Assistant, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.answer = (0, 500, b"")
    talk = assistant.talk()
    assert kinds(talk.say(PROFILE))[0] == "notice"
    monkeypatch.undo()
    assert kinds(talk.say("am i a candidate"))[0].startswith("assessment")


def test_it_learns_the_answers_and_not_what_was_written(assistant: Assistant, stand_in: StandIn) -> None:
    assistant.talk().say(PROFILE)
    (call,) = stand_in.calls
    assert call["tracker"]["slots"]["age"] == "34"
    assert PROFILE not in json.dumps(call)


def test_the_store_is_not_wrapped(assistant: Assistant) -> None:
    assert conversation_store(assistant.agent) is assistant.agent.tracker_store is assistant.agent.processor.tracker_store
