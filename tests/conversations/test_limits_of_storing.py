"""Where storing has a limit, every message is still answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY
from rasa.shared.core.events import UserUttered

from channels.background_jobs import watch_size
from channels.turn import conversation_store, transcript
from channels.web.channel import WebChannel
from channels.web.rate_limits import STORED_PER_TURN, TokenBuckets
from components.storage.conversation_store import MAX_HISTORY_SIZE
from components.storage.stored_tracker import message_rows
from components.storage.tables import EVENTS
from tests.support.assistant import Assistant
from tests.support.client import kinds

LONG = "does it hurt " * 380


def watch(assistant: Assistant, max_size: int) -> None:
    """Looks at the size of the database once."""
    database = conversation_store(assistant.agent).database
    with contextlib.suppress(asyncio.TimeoutError):
        assistant.wait(asyncio.wait_for(watch_size(database, max_size), 0.2))


def test_a_full_database_stores_nothing_more_and_the_operator_is_told(
    assistant: Assistant, caplog: pytest.LogCaptureFixture
) -> None:
    store, talk = conversation_store(assistant.agent), assistant.talk()
    for text in ("am i a candidate", "yes", "41"):
        talk.say(text)
    before = assistant.wait(store.messages(talk.sender))
    watch(assistant, 1)
    try:
        assert "The database has reached MAX_DATABASE_SIZE." in caplog.text
        assert REGISTRY.get_sample_value("assistant_database_is_full") == 1
        assert REGISTRY.get_sample_value("assistant_database_bytes") > 1
        assert assistant.wait(store.is_available()), "a proxy would send nobody here any more"
        assert kinds(talk.say("how much does it cost")) == ["answer ask_cost", "referral"]
        assert kinds(talk.say("my throat is closing"))[0] == "emergency"
        assert "can't go on" in talk.say("none of these")[0]["text"]
        assert assistant.wait(store.messages(talk.sender)) == before
    finally:
        watch(assistant, 10**12)
    assert "The database has space again." in caplog.text or not store.database.is_full
    assert kinds(talk.say("none of these")) == ["question hair_loss_type"]


def test_a_full_database_can_still_be_erased(assistant: Assistant) -> None:
    store, talk = conversation_store(assistant.agent), assistant.talk()
    talk.say("does it hurt")
    watch(assistant, 1)
    try:
        assert assistant.wait(store.forget(talk.sender)) > 1
    finally:
        watch(assistant, 10**12)


def test_of_a_long_history_only_the_latest_is_read(assistant: Assistant) -> None:
    store, talk = conversation_store(assistant.agent), assistant.talk()
    written = message_rows([UserUttered(LONG)] * (MAX_HISTORY_SIZE // len(LONG) + 10), talk.sender)
    assistant.wait(store.database.run(lambda connection: connection.execute(EVENTS.insert(), written)))
    talk.say("how much does it cost")
    lines = transcript(assistant.wait(store.messages(talk.sender)))
    assert lines[-3]["text"] == "how much does it cost"
    assert 0.9 * MAX_HISTORY_SIZE < sum(len(line["text"]) for line in lines) <= MAX_HISTORY_SIZE


def request(assistant: Assistant, token: str, message: str, address: str) -> Any:
    """Returns a request to the web channel as Sanic would hand it over."""
    body = json.dumps({"sender": token, "message": message}).encode()
    app = SimpleNamespace(ctx=SimpleNamespace(agent=assistant.agent))
    headers = {"Content-Type": "application/json"}
    return SimpleNamespace(app=app, args={}, body=body, headers=headers, ip=address, remote_addr="", token=token)


def test_an_address_that_has_used_up_what_we_store_is_answered_without_storing(
    assistant: Assistant, caplog: pytest.LogCaptureFixture
) -> None:
    channel, store = WebChannel("k" * 40, {}), conversation_store(assistant.agent)
    channel._stored = TokenBuckets(2 * STORED_PER_TURN, 60.0)
    ours, theirs = (channel._sessions.mint() for _ in range(2))

    def say(token: str, message: str, address: str) -> list[str]:
        answer = channel._answer_message(assistant.agent.handle_message, request(assistant, token, message, address))
        return kinds(json.loads(assistant.wait(answer).body))

    def stored(token: str) -> list[str]:
        lines = transcript(assistant.wait(store.messages(token.split(".")[0])))
        return [line["text"] for line in lines if line["from"] == "visitor"]

    assert say(ours, "does it hurt", "192.0.2.1") == ["answer ask_pain", "referral"]
    assert say(ours, "how much does it cost", "192.0.2.1") == ["answer ask_cost", "referral"]
    assert say(ours, "my throat is closing", "192.0.2.1")[0] == "emergency"
    assert say(theirs, "my throat is closing", "192.0.2.2")[0] == "emergency"
    assert stored(ours) == ["does it hurt"]
    assert stored(theirs) == ["my throat is closing"]
    assert "An address has sent more than we store in a day." in caplog.text
