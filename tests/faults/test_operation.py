"""What an operator sees: which part is down, and figures without a word or an id of anybody."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from components.storage.database import RETRY_AFTER_FAILURE
from runtime.environment import PORTS
from runtime.paths import ROOT
from runtime.version import VERSION
from tests.support.caller import SOON
from tests.support.check_profile import take_check
from tests.support.client import free_port, kinds
from tests.support.servers import Server, running

WORKS = {"version": VERSION, "model": True, "store": True, "space": True, "actions": True}


def test_the_figures_count_and_name_nobody(chatty: Server) -> None:
    token = chatty.session()
    for text in (
        "how much does it cost Zyxquorple",
        "asdf qwer",
        "my throat is closing",
        "i'm 34, AGA, nothing tried, no health problems, early",
    ):
        chatty.say(token, text)
    shown = chatty.figures()
    for line in (
        'messages_total{channel="web",kind="answer"}',
        'kind="fallback"',
        'kind="emergency"',
        "assistant_turn_seconds_count",
    ):
        assert line in shown, line
    assert "Zyxquorple" not in shown
    assert token.split(".")[0] not in shown


def test_health_names_the_part_that_does_not_work(chatty: Server) -> None:
    assert chatty.call("GET", "health")[::2] == (200, {"status": "ready", **WORKS})
    database = sqlite3.connect(chatty.database, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    try:
        assert chatty.call("GET", "health")[::2] == (503, {"status": "not ready", **WORKS, "store": False})
        assert chatty.call("GET", "alive")[::2] == (200, {"status": "alive"})
        chatty.say(chatty.session(), "does it hurt")
    finally:
        database.execute("ROLLBACK")
        database.close()
    time.sleep(RETRY_AFTER_FAILURE)
    assert chatty.call("GET", "health")[0] == 200
    assert 'assistant_failures_total{part="store"}' in chatty.figures()


def test_a_stopped_action_server_is_named_and_the_rest_goes_on(chatty: Server) -> None:
    stopped = chatty.part("actions.server")
    stopped.suspend()
    try:
        assert chatty.call("GET", "health")[::2] == (200, {"status": "ready", **WORKS, "actions": False})
        token = chatty.session()
        began = time.monotonic()
        replies = take_check(partial(chatty.say, token))[1]
        assert time.monotonic() - began < SOON
        assert "can't go on" in replies[0]["text"]
        assert kinds(chatty.say(token, "my throat is closing")[1])[0] == "emergency"
    finally:
        stopped.resume()
    assert "assessment" in kinds(take_check(partial(chatty.say, chatty.session()))[1])[0]


def test_a_taken_port_costs_the_figures_only(chatty: Server, tmp_path: Path) -> None:
    with running(tmp_path / "conversations.db", METRICS_PORT=chatty.metrics_port, PORT=free_port()) as server:
        assert server.call("GET", "health")[0] == 200


@pytest.mark.parametrize("path", ["metrics", "../metrics"])
def test_the_figures_are_not_for_the_public(chatty: Server, path: str) -> None:
    assert chatty.call("GET", path)[0] == 404


def test_a_half_set_account_stops_the_start_with_the_name_of_what_is_missing(tmp_path: Path) -> None:
    ports = {name: free_port() for name in PORTS}
    half = {**os.environ, **ports, "ASSISTANT_STATE": str(tmp_path), "SLACK_BOT_TOKEN": "xoxb", "SLACK_SIGNING_SECRET": ""}
    started = [sys.executable, "-m", "commands.run"]
    done = subprocess.run(started, cwd=ROOT, env=half, capture_output=True, text=True, timeout=120, check=False)
    *_, why = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (1, "")
    assert why.startswith("slack also needs SLACK_SIGNING_SECRET. ")
    assert len(done.stdout.splitlines()) == 3
