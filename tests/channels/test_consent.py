"""Where the clinic wants consent, nothing is kept before the visitor agrees, and every message is answered."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.storage.tables import TABLES
from tests.support.client import kinds
from tests.support.servers import Server, running


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("asking")
    clinic = folder / "clinic.yml"
    clinic.write_text("consent_to_store: true\n")
    settings = {"CLINIC_FILE": str(clinic), "RATE_LIMIT": "off", "TELEGRAM_TOKEN": "", "TELEGRAM_WEBHOOK_SECRET": ""}
    with running(folder / "conversations.db", **settings) as server:
        yield server


def rows(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        return sum(connection.execute(f"SELECT count(*) FROM {stored.table.name}").fetchone()[0] for stored in TABLES)


def test_before_the_visitor_agrees_everything_is_answered_and_nothing_kept(asking: Server) -> None:
    token = asking.call("POST", "session")[2]["sender"]
    assert token.startswith("unkept-")
    assert kinds(asking.say(token, "how much does it cost")[1])[0] == "answer ask_cost"
    danger = {"sender": token, "message": "my throat is closing"}
    assert kinds(asking.call("POST", "webhook", danger, Idempotency_Key="k")[2])[0] == "emergency"
    assert kinds(asking.call("POST", "webhook", danger, Idempotency_Key="k")[2])[0] == "emergency"
    assert asking.call("POST", "feedback", {"sender": token, "topic": "ask_cost", "helpful": True})[0] == 400
    assert asking.call("GET", "history", Authorization=f"Bearer {token}")[2] == []
    assert asking.call("DELETE", "session", {"sender": token})[2] == {"deleted": True}
    assert rows(asking.database) == 0
    assert token.split(".")[0].encode() not in b"".join(file.read_bytes() for file in asking.database.parent.glob("*.db*"))


@pytest.mark.parametrize("body", [{"agreed": False}, {}])
def test_only_a_clear_yes_is_one(asking: Server, body: dict[str, object]) -> None:
    assert asking.call("POST", "session", body)[2]["sender"].startswith("unkept-")


@pytest.mark.parametrize("agreed", ["true", 1, None])
def test_what_is_neither_yes_nor_no_is_refused(asking: Server, agreed: object) -> None:
    assert asking.call("POST", "session", {"agreed": agreed})[0] == 400


def test_after_it_the_chat_is_kept(asking: Server) -> None:
    token = asking.call("POST", "session", {"agreed": True})[2]["sender"]
    assert kinds(asking.say(token, "how much does it cost")[1])[0] == "answer ask_cost"
    assert asking.call("GET", "history", Authorization=f"Bearer {token}")[2][0]["text"] == "how much does it cost"
    assert rows(asking.database) > 0
