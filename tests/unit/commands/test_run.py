"""What `make run` gives to its servers, and what it keeps short."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from commands import run
from runtime.paths import ROOT


def test_the_action_server_gets_no_secret_but_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = ("SESSION_SECRET", "TELEGRAM_TOKEN", "CALLBACK_PASSWORD", "CONVERSATIONS_DB", "POSTGRES_PASSWORD")
    for name in (*secrets, "ACTION_SECRET"):
        monkeypatch.setenv(name, f"the value of {name} " + "x" * 32)
    (_, actions), (_, rasa) = run.server_commands()
    assert set(secrets) <= set(rasa)
    assert not set(secrets) & set(actions)
    assert "ACTION_SECRET" in actions
    assert actions["PATH"] == rasa["PATH"]


def test_a_log_that_is_too_long_starts_afresh_and_its_writer_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MAX_LOG_SIZE", 10)
    file = tmp_path / "assistant.log"
    with file.open("a") as log:
        for line in ("first\n", "a second line\n", "third\n"):
            log.write(line)
            log.flush()
            run.limit_log(file)
    assert file.read_text() == "third\n"
    assert (tmp_path / "assistant.log.1").read_text() == "first\na second line\n"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"PORT": "abc"}, "PORT is 'abc'. It must be a number from 1 to 65535.\n"),
        ({"PORT": "5066", "ACTION_PORT": "5066"}, "PORT and ACTION_PORT are both 5066. Set one of them to another port.\n"),
    ],
)
@pytest.mark.parametrize("command", ["commands.run", "deploy.container"])
def test_a_wrong_setting_stops_the_start_with_one_sentence(
    tmp_path: Path, command: str, settings: dict[str, str], told: str
) -> None:
    environment = {**os.environ, "ASSISTANT_STATE": str(tmp_path), **settings}
    done = subprocess.run([sys.executable, "-m", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)


def test_a_key_that_was_cut_off_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_STATE", str(tmp_path))
    monkeypatch.delenv("SESSION_SECRET", raising=False)
    (tmp_path / "session_secret").touch()
    with pytest.raises(SystemExit, match="session_secret is empty or cut off"):
        run.session_secret()


def test_a_hangup_is_passed_on_to_the_servers_and_ends_nothing() -> None:
    hears = "import signal, sys; signal.signal(1, lambda *_: print('heard', flush=True)); print('ready', flush=True)"
    says_so = f"{hears}; sys.stdin.read()"
    before = signal.getsignal(signal.SIGHUP)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    processes = [subprocess.Popen([sys.executable, "-c", says_so], **pipes) for _ in range(2)]  # type: ignore[call-overload]
    try:
        assert [process.stdout.readline() for process in processes] == [b"ready\n"] * 2
        run.pass_on_hangups(processes)
        os.kill(os.getpid(), signal.SIGHUP)
        assert [process.stdout.readline() for process in processes] == [b"heard\n"] * 2
        assert [process.poll() for process in processes] == [None, None]
    finally:
        signal.signal(signal.SIGHUP, before)
        for process in processes:
            process.communicate()
