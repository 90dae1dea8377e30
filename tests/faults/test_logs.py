"""Lines are JSON, follow a turn through both servers, and hold no visitor's text: words nobody else writes are sent every way."""

from __future__ import annotations

import json
import sqlite3
import time
import urllib.error
import urllib.request
import uuid
from typing import Any

import pytest

from tests.support.check_profile import BEFORE_RESULT, LAST
from tests.support.hard_kill import SECRET
from tests.support.platforms import numbers
from tests.support.servers import Log, Server

CANARY = "Zyxquorple"


def telegram(server: Server, body: object, request: str = "") -> int:
    """Posts to the one platform that is set up, and returns the status."""
    address = f"http://127.0.0.1:{server.port}/webhooks/telegram/webhook"
    headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": SECRET}
    sent = urllib.request.Request(address, json.dumps(body).encode(), {**headers, "X-Request-ID": request})
    try:
        with urllib.request.urlopen(sent, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def message(text: str) -> dict[str, Any]:
    """Returns a message as Telegram has it."""
    user = {"id": 7, "first_name": CANARY, "type": "private"}
    return {"message_id": 1, "date": int(time.time()), "from": user, "chat": user, "text": text}


def answered_by_platform(log: Log, request: str = "") -> bool:
    """Waits until a turn from Telegram is answered; its request has a certain id, or any."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        lines = [line for line in log.text().splitlines() if '"channel": "telegram", "kinds"' in line]
        if any(request in line for line in lines):
            return True
        time.sleep(0.1)
    return False


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
    chatty.say(token, "does it hurt", X_Request_ID=CANARY, User_Agent=CANARY, Idempotency_Key=CANARY)
    chatty.call("GET", "history", Authorization=f"Bearer {token}")
    chatty.say(unreadable, f"does it hurt {CANARY}")
    chatty.call("GET", "history", Authorization=f"Bearer {unreadable}")
    for update in ({"message": message(f"does it hurt {CANARY}")}, {"message": {"text": CANARY}}, {CANARY: CANARY}):
        assert telegram(chatty, {"update_id": next(numbers), **update}) == 200
    telegram(chatty, CANARY)
    assert answered_by_platform(log), "the platform's turn was not taken"
    call = {"next_action": "action_assess_candidacy", "sender_id": CANARY, "version": CANARY}
    for body in (
        b"{" + CANARY.encode(), json.dumps({**call, "tracker": CANARY}).encode(), json.dumps([CANARY]).encode(),
        json.dumps({**call, "tracker": {"sender_id": CANARY, "slots": {"age": CANARY}}}).encode(),
    ):  # fmt: skip
        assert CANARY.encode() not in chatty.post_to_actions(body)[1]
    logged = log.text()
    assert "rasa/core/processor.py" in logged, "the log is not at debug level, so it proves nothing"
    assert "rasa_sdk" in logged, "the action server does not log"
    assert CANARY.lower() not in logged.lower()


def test_a_turn_is_followed_through_both_servers(chatty: Server, log: Log) -> None:
    followed, other = str(uuid.uuid4()), uuid.uuid4().hex
    token = chatty.session()
    for text in BEFORE_RESULT:
        chatty.say(token, text)
    sent = {"sender": token, "message": LAST}
    assert chatty.call("POST", "webhook", sent, X_Request_ID=followed)[1]["X-Request-ID"] == followed
    chatty.say(token, "does it hurt", X_Request_ID=other)
    lines = [json.loads(line) for line in log.text().splitlines()]
    of_request = [line for line in lines if line.get("request") == followed]
    loggers = {line["logger"] for line in of_request}
    assert {"rasa.core.processor", "channels.turn", "actions.actions"} <= loggers
    (turn,) = [line for line in of_request if line["logger"] == "channels.turn"]
    assert turn["kinds"] == ["assessment", "referral"]
    assert {"time", "level", "message", "channel", "seconds"} <= set(turn)
    assert any(line.get("request") == str(uuid.UUID(other)) for line in lines)


def test_a_platforms_turn_is_followed_too(chatty: Server, log: Log) -> None:
    for followed in (str(uuid.uuid4()), str(uuid.uuid4())):
        assert telegram(chatty, {"update_id": next(numbers), "message": message("does it hurt")}, followed) == 200
        assert answered_by_platform(log, followed)
