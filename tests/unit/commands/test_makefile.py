"""The Makefile, in a folder with a Python that only writes down what it was called with."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from runtime.paths import ROOT

MAKEFILE = ROOT / "Makefile"
MODEL = "models/assistant.tar.gz"
KEPT = (".run/conversations.db", ".run/session_secret", ".run/assistant.log")
MADE_AGAIN = (
    MODEL,
    f"{MODEL}.sha256",
    ".run/train.log",
    ".run/stock/model.tar.gz",
    ".venv/installed",
    "runtime/__pycache__/x.pyc",
)
NEEDS_A_MODEL = (
    "data/nlu/a.yml",
    "data/nlu/es/a.yml",
    "data/responses/a.yml",
    "data/rules/a.yml",
    "data/understanding/languages.yml",
    "data/understanding/grammar.yml",
    "data/understanding/concepts/a.yml",
    "data/understanding/glosses/es/a.yml",
    "config.yml",
    "domain.yml",
)
TRAINED_CODE = ("components/understanding/a.py", "components/dialogue/turn_policy.py", "components/intents.py")
READ_AT_THE_START = (
    "components/storage/a.py",
    "components/privacy/a.py",
    "components/dialogue/check.py",
    "channels/a.py",
    "actions/questionnaire.py",
    "data/check.yml",
    "data/understanding/a.yml",
    "data/responses/es/a.yml",
    "data/words/a.yml",
)


class Project:
    """A folder that make takes for a checkout with everything installed and trained."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(MAKEFILE, folder)
        files = (
            *KEPT,
            *MADE_AGAIN,
            *NEEDS_A_MODEL,
            *TRAINED_CODE,
            *READ_AT_THE_START,
            "requirements.txt",
            "requirements-dev.txt",
        )
        for name in (*files, ".venv-dev/installed"):
            self.touch(name, time.time() - 100)
        self.touch(".venv/installed", time.time() - 50)
        self.touch(MODEL)
        python = folder / ".venv" / "bin" / "python"
        python.parent.mkdir()
        python.write_text('#!/bin/sh\nprintf "%s" "$*" > called\nprintf "%s" "$SENDER" > sender\nprintf "%s" "$FILE" > file\n')
        python.chmod(0o755)

    def touch(self, name: str, changed: float | None = None) -> None:
        """Makes a file, or makes it look changed now."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, None if changed is None else (changed, changed))

    def make(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs make, without a terminal."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
        environment = {**inherited, **variables}
        return subprocess.run(
            ["make", *words], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )

    def make_on_a_terminal(self, target: str, typed: str) -> int:
        """Runs make on a terminal where somebody types a line; returns its exit code."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(["make", target], cwd=self.folder, stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs)
        os.write(ours, f"{typed}\n".encode())
        code = process.wait(20)
        os.close(ours)
        os.close(theirs)
        return code

    def has(self, *names: str) -> list[bool]:
        """Tells which files there are."""
        return [(self.folder / name).exists() for name in names]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_help_tells_of_every_target() -> None:
    text = MAKEFILE.read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", text, re.M)
    assert phony
    targets = phony.group(1).replace("\\", " ").split()
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "run" in targets
    assert [target for target in targets if not re.search(rf"^  make {target} +\S", shown, re.M)] == []


def test_make_alone_runs_the_assistant(project: Project) -> None:
    assert project.make().returncode == 0
    assert (project.folder / "called").read_text() == "-m commands.run"


@pytest.mark.parametrize(
    "sender",
    [
        "x$(touch ran);`touch ran`",
        "x$(shell touch ran)",
        "$(file >ran)",
        "$(eval X := $(shell touch ran))",
        "x'; touch ran; '",
        'x"; touch ran; "',
        "x\ntouch ran",
        "a#b $$ $x ${HOME} \\ * ~",
        "telegram:12345",
    ],
)
@pytest.mark.parametrize("given", ["on the command line", "in the environment"])
@pytest.mark.parametrize("target", ["forget", "export"])
def test_nothing_runs_that_a_visitor_wrote(project: Project, sender: str, given: str, target: str) -> None:
    done = project.make(target, f"SENDER={sender}") if given == "on the command line" else project.make(target, SENDER=sender)
    assert done.returncode == 0, done.stderr
    assert project.has("ran") == [False]
    assert (project.folder / "called").read_text() == f"-m commands.{target}"
    assert (project.folder / "sender").read_text() == sender


def test_the_name_of_a_file_is_not_expanded_either(project: Project) -> None:
    name = "$(shell touch ran) '`touch ran`'.json"
    assert project.make("export", f"FILE={name}").returncode == 0
    assert project.has("ran") == [False]
    assert (project.folder / "file").read_text() == name


def test_clean_keeps_what_cannot_be_made_again(project: Project) -> None:
    assert project.make("clean").returncode == 0
    assert project.has(*KEPT) == [True] * len(KEPT)
    assert project.has(*MADE_AGAIN) == [False] * len(MADE_AGAIN)


def test_purge_does_nothing_where_nobody_can_be_asked(project: Project) -> None:
    done = project.make("purge")
    assert done.returncode != 0
    assert "CONFIRM=yes" in done.stdout
    assert all(project.has(*KEPT, *MADE_AGAIN))


@pytest.mark.parametrize("answer", ["", "y", "no", "YES"])
def test_purge_takes_only_a_yes(project: Project, answer: str) -> None:
    assert project.make_on_a_terminal("purge", answer) != 0
    assert all(project.has(*KEPT, *MADE_AGAIN))


def test_purge_deletes_everything_after_a_yes(project: Project) -> None:
    assert project.make_on_a_terminal("purge", "yes") == 0
    assert not any(project.has(*KEPT, *MADE_AGAIN, ".run"))


def test_purge_can_be_confirmed_beforehand(project: Project) -> None:
    assert project.make("purge", "CONFIRM=yes").returncode == 0
    assert not any(project.has(*KEPT, *MADE_AGAIN, ".run"))


@pytest.mark.parametrize("name", [*NEEDS_A_MODEL, *TRAINED_CODE, ".venv/installed"])
def test_what_the_model_is_made_of_needs_a_new_one(project: Project, name: str) -> None:
    project.touch(name, time.time() + 10)
    assert project.make("--question", "train").returncode == 1


@pytest.mark.parametrize("name", READ_AT_THE_START)
def test_what_is_read_at_the_start_needs_no_new_model(project: Project, name: str) -> None:
    project.touch(name, time.time() + 10)
    assert project.make("--question", "train").returncode == 0


def test_only_upgrade_upgrades() -> None:
    def commands(target: str) -> str:
        return subprocess.run(["make", "--just-print", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "--upgrade" not in commands("lock")
    assert "--upgrade" in commands("upgrade")


def test_training_makes_a_folder_for_the_conversations_that_only_we_can_reach(project: Project) -> None:
    shutil.rmtree(project.folder / ".run")
    project.touch("config.yml", time.time() + 100)
    done = project.make("train")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project.folder / ".run").stat().st_mode & 0o777 == 0o700
