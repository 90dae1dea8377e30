"""`make forget` takes a name that a visitor sent: only the name of a conversation does anything. Then it asks the server."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from channels.identity import Pseudonyms, Sessions
from commands.one_person import conversation
from runtime.clinics import served_clinics
from runtime.paths import ROOT
from tests.support import old_database
from tests.support.client import free_port

KEY = "k" * 40
ID = "0123456789abcdef" * 2


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "conversations.db"
    old_database.load(str(file))
    return file


class Server(ThreadingHTTPServer):
    """Stands for a server that still has a conversation, or has not."""

    def __init__(self, status: int, messages: int) -> None:
        self.status, self.messages, self.asked = status, messages, ""
        super().__init__(("127.0.0.1", 0), History)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class History(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked = self.headers["Authorization"]
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(json.dumps([{}] * self.server.messages).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server(*request.param)
    yield server
    server.shutdown()
    server.server_close()


def forget(
    database: Path, *arguments: str, sender: str | None = None, port: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs the command with `sender` in the environment, as the Makefile does. Without a port, no server answers."""
    environment = {**os.environ, "CONVERSATIONS_DB": str(database), "SESSION_SECRET": KEY, "PORT": port or free_port()}
    environment |= {"SENDER": sender} if sender is not None else {}
    command = [sys.executable, "-m", "commands.forget", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("sender", "named"),
    [
        (ID, ID),
        (f"{ID}.aBc-_9.x-Y_z0123456789", ID),
        (f"glow-boston.{ID}", f"glow-boston.{ID}"),
        (f"glow-boston.unkept-{ID}", f"glow-boston.unkept-{ID}"),
        (f"glow-boston.{ID}.aBc-_9.x-Y_z0123456789", f"glow-boston.{ID}"),
        ("telegram:12345", Pseudonyms(KEY, "telegram").conversation("12345")),
        ("whatsapp:+4915112345678", Pseudonyms(KEY, "whatsapp").conversation("+4915112345678")),
        ("clinic.telegram:12345", Pseudonyms(KEY, "telegram").conversation("12345")),
        ("glow-boston.telegram:12345", Pseudonyms(KEY, "telegram", "glow-boston").conversation("12345")),
        ("slack:T1 U2", Pseudonyms(KEY, "slack").conversation("T1 U2")),
    ],
)
def test_names(sender: str, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_SECRET", KEY)
    assert conversation(sender) == named


HOSTILE = [
    "x; rm -rf .",
    "$(touch owned)",
    "`touch owned`",
    f"{ID}; touch owned",
    f"{ID}.$(touch owned).x",
    f"{ID}\ntouch owned",
    "' OR '1'='1",
    "%",
    "../../etc/passwd",
    f"Glow.{ID}",
    f"../glow.{ID}",
    f".{ID}",
    f"a.b.{ID}",
    "telegram:",
    "telegram:1;touch owned",
    "telegram:1\n2",
    "fax:12345",
    "Glow.telegram:12345",
    "../glow.telegram:12345",
    ".telegram:12345",
    "a.b.telegram:12345",
    ID.upper(),
    ID + "0",
    "--help",
    "\x1b[2J",
]


@pytest.mark.parametrize("sender", HOSTILE)
def test_no_names(sender: str) -> None:
    assert conversation(sender) is None


@pytest.mark.parametrize("sender", HOSTILE[:4])
def test_a_hostile_name_erases_nothing_and_runs_nothing(database: Path, sender: str) -> None:
    before = database.read_bytes()
    for done in (forget(database, sender=sender), forget(database, sender, sender="")):
        assert done.returncode == 2
        assert "That is not the name of a conversation, so nothing was done." in done.stdout
        assert "owned" not in done.stdout
        assert done.stderr == ""
    assert database.read_bytes() == before
    assert not (ROOT / "owned").exists()


def test_the_environment_names_the_conversation(database: Path) -> None:
    done = forget(database, sender=f" {old_database.QUESTION} ")
    assert (done.returncode, done.stdout) == (0, "Erased: 15 rows.\n")
    assert old_database.QUESTION.encode() not in b"".join(file.read_bytes() for file in database.parent.iterdir())
    assert forget(database, sender=old_database.QUESTION).stdout == "Nothing is stored under this name.\n"


def test_the_command_line_comes_first(database: Path) -> None:
    assert forget(database, old_database.EMERGENCY, sender="x; rm -rf .").returncode == 0


def test_without_a_name_it_says_what_it_takes(database: Path) -> None:
    done = forget(database, sender="")
    assert done.returncode == 2
    assert "Usage: make forget" in done.stdout


def test_an_erasure_is_recorded_without_the_id(database: Path) -> None:
    forget(database, sender=old_database.QUESTION)
    with sqlite3.connect(database) as connection:
        ((action, actor, subject, rows),) = connection.execute("SELECT action, actor, subject, row_count FROM audit_trail")
    assert (action, rows) == ("erase", 15)
    assert actor == subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    assert old_database.QUESTION not in subject


@pytest.mark.parametrize(
    ("server", "code", "said"),
    [
        ((200, 0), 0, ""),
        ((200, 3), 1, "still shows 3 messages: it uses another database. Give this command"),
        ((401, 0), 1, "still knows this conversation, or has another SESSION_SECRET. Restart it"),
        ((503, 0), 1, "could not tell. Restart it"),
    ],
    indirect=["server"],
)
def test_it_counts_what_the_server_would_still_show(database: Path, server: Server, code: int, said: str) -> None:
    done = forget(database, sender=old_database.QUESTION, port=str(server.server_port))
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.startswith("Erased: 15 rows.\n")
    assert said in done.stdout
    assert done.stdout.count("\n") == (2 if said else 1)
    token = server.asked.removeprefix("Bearer ")
    assert Sessions(KEY, served_clinics()).conversation(token)[0] == old_database.QUESTION


@pytest.mark.parametrize("server", [(200, 2)], indirect=True)
def test_a_missing_database_is_not_made_anew_and_the_server_is_still_asked(tmp_path: Path, server: Server) -> None:
    file = tmp_path / "conversations.db"
    done = forget(file, sender=ID, port=str(server.server_port))
    assert done.returncode == 1
    assert done.stdout.startswith(
        f"There is no database {file}. If yours is elsewhere, set CONVERSATIONS_DB. Nothing was erased.\n"
    )
    assert "still shows 2 messages" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("This is a letter to the dermatologist, and no database.")
    done = forget(file, sender=ID)
    assert done.returncode == 1
    assert done.stdout.startswith(f"The database {file} is damaged")
