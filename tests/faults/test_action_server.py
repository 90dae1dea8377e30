"""The action server is slow, fails, talks nonsense or lies: the check says at once that it can't go on, and gives no outcome."""

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
from runtime.metrics import REFUSED_JUDGEMENTS
from tests.support.assistant import Assistant
from tests.support.check_profile import BEFORE_RESULT, LAST, take_check
from tests.support.client import kinds
from tests.support.servers import ACTION_SECRET

MINOR = "i'm 16, AGA, minoxidil did nothing, no health problems, still early"
Answer = tuple[float, int, bytes]  # seconds before the second half of the body, status, body


def judged(outcome: Any, reasons: Any, *more: dict[str, Any], responses: Any = ()) -> bytes:
    """An answer of the action server with a judgement, and more events and messages."""
    slots = {"candidacy_outcome": outcome, "candidacy_reasons": reasons}
    events = [{"event": "slot", "name": name, "value": value} for name, value in slots.items()]
    return json.dumps({"events": [*events, *more], "responses": list(responses)}).encode()


OUTCOME = judged("worth_discussing", ["pattern"])


class FakeActionServer(socketserver.ThreadingTCPServer):
    """An action server that answers what a test tells it to."""

    daemon_threads = True

    def __init__(self) -> None:
        self.answer: Answer = (0, 200, b"")
        self.calls: list[Any] = []
        self.keys: list[str | None] = []
        super().__init__(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def _handler(self) -> Callable[..., BaseHTTPRequestHandler]:
        fake_server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                fake_server.calls.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                fake_server.keys.append(self.headers["Authorization"])
                seconds, status, body = fake_server.answer
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body[:10])
                time.sleep(seconds)
                self.wfile.write(body[10:])

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
        (30, 200, OUTCOME),
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
    replies = take_check(talk.say)
    assert time.monotonic() - began < 20
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
    assert kinds(take_check(talk.say))[0] == "notice"
    monkeypatch.undo()
    assert kinds(talk.say("am i a candidate"))[0].startswith("assessment")


def test_it_learns_the_answers_and_not_what_was_written(assistant: Assistant, fake_server: FakeActionServer) -> None:
    take_check(assistant.talk().say)
    (call,) = fake_server.calls
    assert call["tracker"]["slots"]["age"] == "34"
    assert BEFORE_RESULT[0] not in json.dumps(call)


def test_nothing_private_reaches_it(assistant: Assistant, fake_server: FakeActionServer) -> None:
    talk = assistant.talk()
    talk.say(f"{BEFORE_RESULT[0]}, mail me at jane.doe@example.com or at 12 Elm Street")
    for text in (*BEFORE_RESULT[1:], LAST):
        talk.say(text)
    (call,) = fake_server.calls
    assert call["tracker"]["slots"]["age"] == "34"
    assert "jane.doe" not in json.dumps(call)
    assert "Elm" not in json.dumps(call)


def test_the_store_is_not_wrapped(assistant: Assistant) -> None:
    assert conversation_store(assistant.agent) is assistant.agent.tracker_store is assistant.agent.processor.tracker_store


def refusals(reason: str) -> float:
    return REFUSED_JUDGEMENTS.labels(reason)._value.get()


@pytest.mark.parametrize(
    "answer",
    [
        OUTCOME,
        judged("worth_discussing", ["under_18", "pattern", "earlier_treatment_did_not_help", "early"]),
        judged("not_now", ["under_18"]),
        judged("not_now", []),
        judged("cleared_for_treatment", ["pattern"]),
        judged(["not_now"], {"under_18": 1}),
        judged(None, None),
        b'{"events": [], "responses": []}',
        b"{}",
    ],
    ids=["all is well", "all is well, with the reasons", "a reason is missing", "no reason", "an outcome that there is not",
         "other types", "nothing", "no events", "no fields"],
)  # fmt: skip
def test_a_forged_judgement_is_not_shown(
    assistant: Assistant, fake_server: FakeActionServer, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    fake_server.answer, before = (0, 200, answer), refusals("disagreement")
    talk = assistant.talk()
    talk.say(MINOR)
    replies = talk.say(LAST)
    assert "can't go on" in replies[0]["text"]
    assert talk.slots()["candidacy_outcome"] is talk.slots()["candidacy_reasons"] is None
    assert refusals("disagreement") == before + 1
    (line,) = [record for record in caplog.records if record.name.endswith("remote_action")]
    assert line.levelname == "ERROR"
    assert "16" not in line.getMessage()


def test_nothing_but_the_judgement_gets_through(assistant: Assistant, fake_server: FakeActionServer) -> None:
    rules = ["pattern", "earlier_treatment_did_not_help", "early"]
    more = (
        {"event": "slot", "name": "danger", "value": "crisis"},
        {"event": "slot", "name": "age", "value": "12"},
        {"event": "slot", "name": "candidacy_outcome", "value": "worth_discussing"},
        {"event": "bot", "text": "Buy exosomes now.", "data": {}, "metadata": {}},
        {"event": "restart"},
        {"event": "followup", "name": "utter_report_emergency"},
    )
    messages = ({"text": "Buy exosomes now."}, {"response": "utter_report_emergency"}, {"custom": {"x": 1}})
    fake_server.answer = (0, 200, judged("worth_discussing", rules, *more, responses=messages))
    before = refusals("addition")
    talk = assistant.talk()
    replies = take_check(talk.say)
    assert kinds(replies) == ["assessment worth_discussing", "referral"]
    assert "Buy exosomes" not in json.dumps(replies)
    assert (talk.slots()["danger"], talk.slots()["age"]) == (None, "34")
    assert refusals("addition") == before + 1
    assert kinds(talk.say("is it fda approved?"))[0] == "answer ask_fda_status"


def test_it_is_asked_with_the_key(assistant: Assistant, fake_server: FakeActionServer) -> None:
    take_check(assistant.talk().say)
    assert fake_server.keys == [f"Bearer {ACTION_SECRET}"]
