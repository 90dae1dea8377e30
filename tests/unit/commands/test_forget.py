"""`make forget` takes a name that a visitor sent: only the name of a conversation does anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from channels.identity import Pseudonyms
from commands.forget import conversation
from runtime.paths import ROOT
from tests.support import old_database

KEY = "k" * 40
ID = "0123456789abcdef" * 2


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "conversations.db"
    old_database.load(str(file))
    return file


def forget(database: Path, *arguments: str, sender: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the command with `sender` in the environment, as the Makefile does."""
    environment = {**os.environ, "CONVERSATIONS_DB": str(database), "SESSION_SECRET": KEY}
    environment |= {"SENDER": sender} if sender is not None else {}
    command = [sys.executable, "-m", "commands.forget", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("sender", "named"),
    [
        (ID, ID),
        (f"{ID}.aBc-_9.x-Y_z0123456789", ID),
        ("telegram:12345", Pseudonyms(KEY, "telegram").conversation("12345")),
        ("whatsapp:+4915112345678", Pseudonyms(KEY, "whatsapp").conversation("+4915112345678")),
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
    "telegram:",
    "telegram:1;touch owned",
    "telegram:1\n2",
    "fax:12345",
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
        assert "That is not the name of a conversation, so nothing was erased." in done.stdout
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


def test_a_database_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("This is a letter to the dermatologist, and no database.")
    done = forget(file, sender=ID)
    assert done.returncode == 1
    assert done.stdout.startswith(f"The database {file} is damaged")
