"""What was stored ends: when a visitor deletes it, when the clinic does, and after the retention time. The file is read."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from components.dialogue.texts import fixed_text
from components.privacy.masking import MASK
from runtime.paths import ROOT
from tests.support.client import kinds
from tests.support.faults import reading
from tests.support.servers import Log, Server, running

HOUR = 60 * 60
CANARY = "Brimblewick"


def stored(database: Path) -> bytes:
    """Returns every byte of the database, its write-ahead log included."""
    return b"".join(file.read_bytes() for file in database.parent.glob(f"{database.name}*"))


def age(database: Path, seconds: int) -> None:
    """Makes all that is stored `seconds` older."""
    with sqlite3.connect(database) as connection:
        for table in ("events", "conversations", "feedback", "received"):
            connection.execute(f"UPDATE {table} SET timestamp = timestamp - ?", (seconds,))


def counts(database: Path) -> dict[str, int]:
    with sqlite3.connect(database) as connection:
        tables = ("events", "conversations", "feedback", "received")
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


def converse(server: Server) -> str:
    """Tells something about one's health, and gives feedback."""
    token = server.session()
    assert server.say(token, f"i'm 41 and have alopecia areata {CANARY}, am i a candidate")[0] == 200
    assert server.say(token, "how much does it cost")[0] == 200
    assert server.call("POST", "feedback", {"sender": token, "topic": "ask_cost", "helpful": True})[0] == 200
    return token


def test_delete_my_chat_erases_it_at_once(chatty: Server) -> None:
    token = converse(chatty)
    assert CANARY.encode() in stored(chatty.database)
    answer = chatty.call("POST", "webhook", {"sender": token, "message": "hello"}, Idempotency_Key="k")[2]
    assert answer == chatty.call("POST", "webhook", {"sender": token, "message": "hello"}, Idempotency_Key="k")[2]
    assert chatty.call("DELETE", "session", {"sender": token})[2] == {"deleted": True}
    assert CANARY.encode() not in stored(chatty.database)
    assert token.split(".")[0].encode() not in stored(chatty.database)
    assert chatty.call("GET", "history", Authorization=f"Bearer {token}")[2] == []


def test_danger_that_masking_takes_away_is_answered_and_kept_nowhere(chatty: Server, log: Log) -> None:
    token, words = chatty.session(), "2 Eyes Swollen Shut Dr"
    text = f"{words}. my number is 212 555 2368"
    assert kinds(chatty.say(token, text)[1])[0] == "emergency"
    assert kinds(chatty.call("POST", "webhook", {"sender": token, "message": text}, Idempotency_Key="k")[2])[0] == "emergency"
    assert kinds(chatty.call("POST", "webhook", {"sender": token, "message": text}, Idempotency_Key="k")[2])[0] == "emergency"
    history = chatty.call("GET", "history", Authorization=f"Bearer {token}")[2]
    assert [line["text"] for line in history if line["from"] == "visitor"] == [f"{MASK}. my number is {MASK}"] * 2
    logged = log.text()
    assert "rasa/core/processor.py" in logged, "the log is not at debug level, so it proves nothing"
    for private in (words, "555 2368"):
        assert private.encode() not in stored(chatty.database)
        assert private not in logged


def test_what_a_backup_still_reads_is_not_said_to_be_gone(chatty: Server) -> None:
    token = converse(chatty)
    with reading(chatty):
        status, _, answer = chatty.call("DELETE", "session", {"sender": token})
        said = fixed_text("utter_web_chat_deleted_soon")
        assert (status, answer) == (202, {"deleted": True, "overwritten": False, "message": said})
        answer = chatty.call("DELETE", "session?language=es", {"sender": token})[2]
        assert answer["message"] == fixed_text("utter_web_chat_deleted_soon", "es") != said
        assert chatty.call("GET", "history", Authorization=f"Bearer {token}")[2] == []
    assert chatty.call("DELETE", "session", {"sender": token})[0] == 200
    assert CANARY.encode() not in stored(chatty.database)


def test_a_database_that_was_moved_away_is_noticed_at_the_next_turn(chatty: Server, log: Log) -> None:
    token, moved = converse(chatty), chatty.database.with_name("moved.db")
    chatty.database.rename(moved)
    assert kinds(chatty.say(token, "my throat is closing")[1])[0] == "emergency"
    assert "The database file was replaced or removed." in log.text()
    assert counts(chatty.database)["conversations"] == 1
    assert chatty.call("GET", "health")[2]["store"] is True
    command = [sys.executable, "-m", "commands.forget", token]
    done = subprocess.run(command, cwd=ROOT, env=chatty.settings, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()[0]) == (0, "Erased:"), done.stdout
    assert CANARY.encode() in stored(moved), "the file that was moved away is complete"
    moved.unlink()


@pytest.mark.parametrize("name", ["token", "id"])
def test_make_forget_erases_one_conversation(chatty: Server, name: str) -> None:
    kept, token = converse(chatty), converse(chatty)
    command = [sys.executable, "-m", "commands.forget", token if name == "token" else token.split(".")[0]]
    done = subprocess.run(command, cwd=ROOT, env=chatty.settings, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()[0]) == (0, "Erased:"), done.stderr
    assert token.split(".")[0].encode() not in stored(chatty.database)
    assert kept.split(".")[0].encode() in stored(chatty.database)
    assert subprocess.run(command, cwd=ROOT, env=chatty.settings, capture_output=True).returncode == 1
    chatty.call("DELETE", "session", {"sender": kept})


def test_a_session_ends_after_thirty_silent_minutes_and_can_still_be_deleted(chatty: Server) -> None:
    token = converse(chatty)
    age(chatty.database, HOUR // 2 - 60)
    assert chatty.call("GET", "history", Authorization=f"Bearer {token}")[0] == 200
    age(chatty.database, 120)
    assert chatty.say(token, "hello")[0] == 401
    assert chatty.call("GET", "history", Authorization=f"Bearer {token}")[0] == 401
    assert chatty.call("DELETE", "session", {"sender": token})[0] == 200
    assert token.split(".")[0].encode() not in stored(chatty.database)


def test_conversations_end_with_the_retention_time(tmp_path: Path) -> None:
    database, clinic = tmp_path / "conversations.db", tmp_path / "clinic.yml"
    clinic.write_text("retention_hours: 2\n")
    with running(database, CLINIC_FILE=str(clinic), RATE_LIMIT="off") as server:
        old = converse(server)
        with sqlite3.connect(database) as connection:
            connection.execute("INSERT INTO received VALUES ('hash', ?)", (time.time(),))
        age(database, 2 * HOUR + 1)
        new = converse(server)
    assert counts(database)["received"] == 1
    with running(database, CLINIC_FILE=str(clinic)):
        deadline = time.monotonic() + 10
        while old.split(".")[0].encode() in stored(database) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert old.split(".")[0].encode() not in stored(database)
        assert new.split(".")[0].encode() in stored(database)
        assert counts(database)["feedback"] == 1
        assert counts(database)["received"] == 0
