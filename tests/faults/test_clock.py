"""The clock jumps: nobody's conversation is lost, and what is written meanwhile is answered or honestly refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.client import kinds
from tests.support.clock import Clock
from tests.support.servers import Server, running

DAY = 24 * 60 * 60


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    return Clock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def server(clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    database: Path = tmp_path_factory.mktemp("jumping") / "conversations.db"
    with running(database, RATE_LIMIT="off", **clock.settings) as server:
        yield server


def new_session(server: Server) -> str:
    """Returns a token that the server minted, by its own clock."""
    return server.call("POST", "session", {})[2]["sender"]


def say(server: Server, token: str, text: str) -> list[str]:
    status, replies = server.say(token, text)
    assert status == 200
    return kinds(replies)


@pytest.fixture
def token(server: Server) -> str:
    """A conversation in the middle of the check."""
    token = new_session(server)
    for text in ("am i a candidate", "yes", "41"):
        say(server, token, text)
    return token


@pytest.mark.parametrize("seconds", [-60, -DAY, 60])
def test_a_small_jump_or_one_back_is_not_noticed(server: Server, token: str, clock: Clock, seconds: float) -> None:
    with clock.shifted(seconds):
        assert say(server, token, "none of these") == ["question hair_loss_type"]
    assert say(server, token, "genetic") == ["question hair_loss_stage"]


def test_a_jump_ahead_ends_sessions_honestly_and_going_back_revives_them(server: Server, token: str, clock: Clock) -> None:
    with clock.shifted(DAY):
        status, answer = server.say(token, "none of these")
        assert (status, answer["error"]) == (401, "session")
        assert "911" in answer["emergency"]
        fresh = new_session(server)
        assert say(server, fresh, "my throat is closing")[0] == "emergency"
    assert say(server, token, "none of these") == ["question hair_loss_type"]
    assert say(server, fresh, "how much does it cost")[0] == "emergency", "the reminder"
