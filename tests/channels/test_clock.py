"""The clock jumps: nobody's conversation is lost, and what is written meanwhile is answered or honestly refused."""

from __future__ import annotations

import time
from typing import Any

import aiohttp
import pytest

from tests.support.client import kinds
from tests.support.house import House

DAY = 24 * 60 * 60


def post(house: House, path: str, body: Any) -> tuple[int, Any]:
    async def send() -> tuple[int, Any]:
        async with aiohttp.ClientSession() as client, client.post(f"{house.address}/web/{path}", json=body) as answer:
            return answer.status, await answer.json()

    return house.assistant.wait(send())


def say(house: House, token: str, text: str) -> list[str]:
    status, replies = post(house, "webhook", {"sender": token, "message": text})
    assert status == 200
    return kinds(replies)


@pytest.fixture
def token(house: House) -> str:
    """A conversation in the middle of the check."""
    token = post(house, "session", {})[1]["sender"]
    for text in ("am i a candidate", "yes", "41"):
        say(house, token, text)
    return token


def jump(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + seconds)


@pytest.mark.parametrize("seconds", [-60, -DAY, 60])
def test_a_small_jump_or_one_back_is_not_noticed(
    house: House, token: str, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    jump(monkeypatch, seconds)
    assert say(house, token, "none of these") == ["question hair_loss_type"]
    monkeypatch.undo()
    assert say(house, token, "genetic") == ["question hair_loss_stage"]


def test_a_jump_ahead_ends_sessions_honestly_and_going_back_revives_them(
    house: House, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    jump(monkeypatch, DAY)
    status, answer = post(house, "webhook", {"sender": token, "message": "none of these"})
    assert (status, answer["error"]) == (401, "session")
    assert "911" in answer["emergency"]
    fresh = post(house, "session", {})[1]["sender"]
    assert say(house, fresh, "my throat is closing")[0] == "emergency"
    monkeypatch.undo()
    assert say(house, token, "none of these") == ["question hair_loss_type"]
    assert say(house, fresh, "how much does it cost")[0] == "emergency", "the reminder"
