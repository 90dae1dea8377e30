"""A process is killed, or its model is not the one that was trained: every conversation goes on, and nothing is guessed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from commands.run import MODEL, wait_until_ready
from components.rasa_patches.model_archive import verify
from runtime.paths import ROOT
from tests.support import hard_kill
from tests.support.caller import SOON
from tests.support.client import free_port, kinds
from tests.support.platforms import Telegram
from tests.support.servers import Server

LAST = "yes, that's right"  # to what the check reads back before its result


@pytest.fixture
def waiting(chatty: Server) -> str:
    """A conversation whose check waits for its last answer."""
    token = chatty.session()
    for text in ("am i a candidate", "yes", "41", "none of these", "genetic", "early", "nothing so far"):
        status, replies = chatty.say(token, text)
    assert kinds(replies) == ["question check_readback"]
    return token


def test_rasa_is_killed_in_the_middle_of_a_turn(chatty: Server, waiting: str) -> None:
    # While the action server stands still, the judgement takes two seconds.
    actions, rasa = chatty.part("actions.server"), chatty.part("commands.rasa")
    actions.suspend()
    said: list[Any] = []

    def send() -> None:
        try:
            said.append(chatty.say(waiting, LAST, Idempotency_Key="k"))
        except OSError as error:
            said.append(error)

    sending = threading.Thread(target=send)
    sending.start()
    time.sleep(0.5)
    rasa.kill()
    sending.join()
    actions.resume()
    assert isinstance(said[0], OSError), "the turn was over before Rasa was killed"
    rasa.wait(10)
    assert wait_until_ready(f"{chatty.address}/health", [chatty.process])
    first = chatty.say(waiting, LAST, Idempotency_Key="k")
    assert kinds(first[1]) == ["assessment worth_discussing", "referral"]
    assert chatty.say(waiting, LAST, Idempotency_Key="k") == first
    lines = chatty.call("GET", "history", Authorization=f"Bearer {waiting}")[2]
    assert [line["text"] for line in lines if line["from"] == "visitor"].count(LAST) == 1


def test_the_action_server_is_killed_and_comes_back(chatty: Server, waiting: str) -> None:
    chatty.part("actions.server").kill()
    began = time.monotonic()
    replies = chatty.say(waiting, LAST)[1]
    assert time.monotonic() - began < SOON
    assert "can't go on" in replies[0]["text"]
    assert kinds(chatty.say(chatty.session(), "my throat is closing")[1])[0] == "emergency"
    assert wait_until_ready(f"http://127.0.0.1:{chatty.action_port}/health", [chatty.process])
    assert kinds(chatty.say(waiting, "am i a candidate")[1]) == ["assessment worth_discussing", "referral"]


def test_the_action_server_knows_no_secret_but_its_own(chatty: Server) -> None:
    known = chatty.part("actions.server").environ()
    assert known["ACTION_SECRET"] == chatty.settings["ACTION_SECRET"]
    for name in ("SESSION_SECRET", "CONVERSATIONS_DB", "TELEGRAM_TOKEN", "TELEGRAM_WEBHOOK_SECRET"):
        assert chatty.settings[name] not in known.values(), name


def model(folder: Path, fault: str) -> Path:
    """Returns a copy of the model with a fault."""
    copy = folder / "assistant.tar.gz"
    shutil.copy(ROOT / MODEL, copy)
    shutil.copy(f"{ROOT / MODEL}.sha256", f"{copy}.sha256")
    if fault == "cut off":
        with copy.open("r+b") as file:
            file.truncate(1_000_000)
    elif fault == "changed":
        with copy.open("ab") as file:
            file.write(b"\0")
    elif fault == "not recorded":
        copy.with_name(f"{copy.name}.sha256").unlink()
    return copy


@pytest.mark.parametrize("fault", ["cut off", "changed", "not recorded"])
def test_only_the_model_that_was_trained_is_loaded(tmp_path: Path, fault: str) -> None:
    verify(model(tmp_path, "none"))
    with pytest.raises(ValueError, match="make train"):
        verify(model(tmp_path, fault))


def settings(folder: Path) -> dict[str, str]:
    """Returns the environment of an assistant whose model was changed."""
    ports = {name: free_port() for name in ("PORT", "ACTION_PORT", "METRICS_PORT")}
    own = {"CONVERSATIONS_DB": str(folder / "conversations.db"), "SESSION_SECRET": "k" * 40, "ASSISTANT_STATE": str(folder)}
    return {**os.environ, **ports, **own, "MODEL": str(model(folder, "changed"))}


def test_make_run_says_why_it_does_not_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "commands.run"]
    told = subprocess.run(command, cwd=ROOT, env=settings(tmp_path), capture_output=True, text=True, timeout=60)
    assert told.returncode == 1
    assert "Could not load model due to assistant.tar.gz does not match the checksum" in told.stdout


def test_rasa_without_a_model_lives_and_refuses_with_the_emergency_number(tmp_path: Path) -> None:
    own = settings(tmp_path)
    command = [sys.executable, "-m", "rasa", "run", "--model", own["MODEL"], "--port", own["PORT"], "-i", "127.0.0.1"]
    process = subprocess.Popen(command, cwd=ROOT, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server = Server(process, tmp_path / "conversations.db", own)
        assert wait_until_ready(f"{server.address}/alive", [process])
        assert server.call("GET", "health")[0] == 503
        assert server.call("GET", "health")[2]["model"] is False
        status, answer = server.say(server.session(), "my throat is closing")
        assert status == 503
        assert "911" in answer["emergency"]
        assert process.poll() is None
    finally:
        process.terminate()
        process.wait(30)


def test_a_hangup_ends_no_server(chatty: Server) -> None:
    processes = [chatty.part("commands.rasa"), chatty.part("actions.server")]
    chatty.process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert chatty.process.poll() is None
    assert [chatty.part("commands.rasa"), chatty.part("actions.server")] == processes
    assert chatty.say(chatty.session(), "does it hurt")[0] == 200


@pytest.mark.parametrize(
    ("people", "kill_after"),
    [(30, 5), *(pytest.param(300, number, marks=pytest.mark.long) for number in (0, 1, 40, 150, 290))],
)
def test_what_a_platform_was_told_is_accepted_is_answered_after_a_hard_kill(
    chatty: Server, telegram: Telegram, people: int, kill_after: int
) -> None:
    told = hard_kill.answers_after_a_kill(chatty.address, hard_kill.killed(chatty), telegram, people, kill_after)
    hard_kill.check_answers(told)
