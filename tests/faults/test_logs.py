"""No visitor's text stands in any log, at any level: words that nobody else writes are sent every way there is."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import urllib.error
import urllib.request

import pytest

from tests.conftest import Server
from tests.faults.conftest import Log

CANARY = "Zyxquorple"


def telegram(server: Server, body: object) -> None:
    """Posts to the one platform that is set up; a refusal is as good as an answer here."""
    address = server.address.replace("/web", "/telegram/webhook")
    headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": "secret-of-the-test"}
    with contextlib.suppress(urllib.error.HTTPError):
        urllib.request.urlopen(urllib.request.Request(address, json.dumps(body).encode(), headers), timeout=30).close()


def action_call(server: Server, body: bytes) -> bytes:
    """Posts to the action server, and returns its answer."""
    request = urllib.request.Request(f"http://127.0.0.1:{server.action_port}/webhook", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        return error.read()


@pytest.fixture
def unreadable(chatty: Server) -> str:
    """A conversation whose stored past is broken, and holds the word."""
    token = chatty.session()
    chatty.say(token, f"hello {CANARY}")
    with sqlite3.connect(chatty.database) as database:
        database.execute("UPDATE events SET data = ? WHERE sender_id = ?", (f'{{"{CANARY}', token.split(".")[0]))
    return token


def test_no_word_of_a_visitor_is_logged(chatty: Server, log: Log, unreadable: str) -> None:
    token = chatty.session()
    for text in (
        f"what does it cost {CANARY}", f"/{CANARY}", f'/inform{{"age": "{CANARY}"}}', f'/inform{{"age": {CANARY}', CANARY * 400,
        f"am i a candidate {CANARY}", "yes", f"i'm 34 {CANARY}", f"none of these {CANARY}", f"genetic {CANARY}",
        f"early {CANARY}", f"nothing so far {CANARY}", f"i want to kill myself {CANARY}", f"{{{CANARY}}} %s {{0}}",
        f"{CANARY}\ud800",
    ):  # fmt: skip
        chatty.say(token, text)
    chatty.say(token, {CANARY: CANARY})
    chatty.say(f"{CANARY}.{token}", CANARY)
    chatty.call("POST", "webhook", f'{{"sender": "{CANARY}", "message": {CANARY}'.encode())
    chatty.call("POST", "feedback", {"sender": token, "topic": CANARY, "helpful": CANARY})
    chatty.call("GET", f"{CANARY}?{CANARY}={CANARY}")
    chatty.call("GET", "history", Authorization=f"Bearer {token}")
    chatty.say(unreadable, f"does it hurt {CANARY}")
    chatty.call("GET", "history", Authorization=f"Bearer {unreadable}")
    message = {"message_id": 1, "from": {"id": 7, "first_name": CANARY}, "chat": {"id": 7, "type": "private"}, "text": CANARY}
    telegram(chatty, {"update_id": 1, "message": message})
    telegram(chatty, {"update_id": 2, "message": {"text": CANARY}})
    telegram(chatty, {"update_id": 3, CANARY: {"message": [CANARY]}})
    telegram(chatty, CANARY)
    call = {"next_action": "action_assess_candidacy", "sender_id": CANARY, "version": CANARY}
    for body in (
        b"{" + CANARY.encode(), json.dumps({**call, "tracker": CANARY}).encode(), json.dumps([CANARY]).encode(),
        json.dumps({**call, "tracker": {"sender_id": CANARY, "slots": {"age": CANARY}}}).encode(),
    ):  # fmt: skip
        assert CANARY.encode() not in action_call(chatty, body)
    logged = log.text()
    assert "rasa/core/processor.py" in logged, "the log is not at debug level, so it proves nothing"
    assert "rasa_sdk" in logged, "the action server does not log"
    assert CANARY.lower() not in logged.lower()
