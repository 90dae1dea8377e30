"""The database fails: questions and danger are answered, a check says that it can't go on, and nothing of it is overwritten."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.pool import StaticPool

from channels.turn import conversation_store
from components.storage.database import RETRY_AFTER_FAILURE
from runtime.limits import MAX_SESSION_IDLE
from tests.support.assistant import Assistant
from tests.support.caller import SOON
from tests.support.client import kinds
from tests.support.faults import full_disk, locked
from tests.support.servers import Server


def rows(server: Server, token: str) -> list[Any]:
    """Returns all that is stored of a conversation."""
    with sqlite3.connect(server.database) as database:
        return database.execute("SELECT * FROM events WHERE sender_id = ? ORDER BY id", (token.split(".")[0],)).fetchall()


def change(server: Server, command: str, *values: Any) -> None:
    """Changes the database behind the server's back."""
    with sqlite3.connect(server.database) as database:
        database.execute(command, values)


@contextmanager
def corrupt(server: Server) -> Iterator[None]:
    change(server, "UPDATE conversations SET state = 'x' || state")
    try:
        yield
    finally:
        change(server, "UPDATE conversations SET state = substr(state, 2)")


@contextmanager
def no_table(server: Server) -> Iterator[None]:
    change(server, "ALTER TABLE events RENAME TO elsewhere")
    try:
        yield
    finally:
        change(server, "ALTER TABLE elsewhere RENAME TO events")


@pytest.mark.parametrize("fault", [locked, full_disk, corrupt, no_table])
def test_a_check_waits_for_the_database(chatty: Server, fault: Callable[[Server], AbstractContextManager[None]]) -> None:
    token = chatty.session()
    chatty.say(token, "am i a candidate")
    chatty.say(token, "yes")
    assert kinds(chatty.say(token, "41")[1]) == ["question health_flags"]
    before = rows(chatty, token)
    with fault(chatty):
        for text in ("none of these", "no", '/inform{"health_flags": "none"}', "34", "am i a candidate", "go back"):
            began = time.monotonic()
            status, replies = chatty.say(token, text)
            assert time.monotonic() - began < SOON
            assert (status, kinds(replies)[0]) == (200, "notice"), text
            assert "can't go on" in replies[0]["text"], text
            assert "board-certified dermatologist" in replies[-1]["text"], text
        assert kinds(chatty.say(token, "how much does it cost")[1]) == ["answer ask_cost", "referral"]
        assert kinds(chatty.say(token, "my throat is closing")[1])[0] == "emergency"
        assert kinds(chatty.say(token, "i want to kill myself")[1])[0] == "crisis"
        assert kinds(chatty.say(chatty.session(), "does it hurt")[1]) == ["answer ask_pain", "referral"]
    time.sleep(RETRY_AFTER_FAILURE)
    assert rows(chatty, token) == before
    assert kinds(chatty.say(token, "none of these")[1]) == ["question hair_loss_type"]
    assert chatty.process.poll() is None


def test_no_session_ends_because_nobody_can_look_it_up(chatty: Server) -> None:
    token = chatty.session(MAX_SESSION_IDLE + 60)
    assert chatty.say(token, "does it hurt")[0] == 401, "a session in which nothing was said for so long is over"
    change(chatty, "ALTER TABLE conversations RENAME TO elsewhere")
    try:
        for text, kind in (("does it hurt", "answer ask_pain"), ("my throat is closing", "emergency")):
            status, replies = chatty.say(token, text)
            assert (status, kinds(replies)[0]) == (200, kind)
    finally:
        change(chatty, "ALTER TABLE elsewhere RENAME TO conversations")
    time.sleep(RETRY_AFTER_FAILURE)


def test_a_read_only_database_is_read_and_not_believed(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    store = conversation_store(assistant.agent)
    talk = assistant.talk()
    for text in ("am i a candidate", "yes", "41"):
        talk.say(text)
    address = f"sqlite:///file:{store.database.engine.url.database}?mode=ro&uri=true"
    engine = sqlalchemy.create_engine(address, poolclass=StaticPool, connect_args={"check_same_thread": False})
    monkeypatch.setattr(store.database, "engine", engine)
    assert "can't go on" in talk.say("none of these")[0]["text"]
    assert kinds(talk.say("how much does it cost")) == ["answer ask_cost", "referral"]
    assert kinds(talk.say("my throat is closing"))[0] == "emergency"
    monkeypatch.undo()
    time.sleep(RETRY_AFTER_FAILURE)
    assert kinds(talk.say("none of these")) == ["question hair_loss_type"]
