"""The visitors of `make bench` and `make soak` see what must not happen: a channel that does it is put before them."""

from __future__ import annotations

import asyncio
import statistics
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from benchmarks import visitors
from benchmarks.visitors import ANSWERED, CANNOT_GO_ON, REFUSED, SLOWED, UNREACHED, WITHOUT_PAST, Crowd, Tally, count
from tests.support.client import free_port

SCRIPT = [("one", ["answer one"]), ("two", ["answer two"]), ("three", ["answer three"])]
TURNS = 4 * len(SCRIPT)
HASTE = {"pause": 0.01, "tries_again": 0.01, "gives_up": 0.5}


class Channel:
    """A web channel that answers each message by its own words, as it should be; each subclass does one thing otherwise."""

    def __init__(self) -> None:
        self.kept: dict[str, list[Any]] = defaultdict(list)
        self.answered: dict[str, Any] = {}
        self.requests = self.sessions = 0

    def replies(self, token: str, message: str) -> list[dict[str, Any]]:
        return [{"recipient_id": token, "text": message, "metadata": {"kind": "answer", "topic": message}}]

    def keep(self, token: str, message: str, replies: list[dict[str, Any]]) -> None:
        lines = [{"from": "assistant", "text": reply["text"], "metadata": reply["metadata"]} for reply in replies]
        self.kept[token] += [{"from": "visitor", "text": message}, *lines]

    def answer(self, token: str, message: str, key: str) -> web.Response:
        if key not in self.answered:
            self.answered[key] = self.replies(token, message)
            self.keep(token, message, self.answered[key])
        return web.json_response(self.answered[key])

    async def session(self, request: web.Request) -> web.Response:
        self.sessions += 1
        return web.json_response({"sender": f"visitor {self.sessions}"})

    async def webhook(self, request: web.Request) -> web.Response:
        self.requests += 1
        token = request.headers["Authorization"][len("Bearer ") :]
        return self.answer(token, (await request.json())["message"], request.headers["Idempotency-Key"])

    async def history(self, request: web.Request) -> web.Response:
        return web.json_response(self.kept[request.headers["Authorization"][len("Bearer ") :]])

    def serve(self) -> TestServer:
        app = web.Application()
        app.add_routes([web.post("/session", self.session), web.post("/webhook", self.webhook)])
        app.add_routes([web.get("/history", self.history)])
        return TestServer(app)


class Forgets(Channel):
    def keep(self, token: str, message: str, replies: list[dict[str, Any]]) -> None:
        if message != "two" or self.requests > TURNS:
            super().keep(token, message, replies)


class RunsTwice(Channel):
    def answer(self, token: str, message: str, key: str) -> web.Response:
        return super().answer(token, message, f"{key} {self.requests}")


class MixesUp(Channel):
    def replies(self, token: str, message: str) -> list[dict[str, Any]]:
        return super().replies(token, "one")


class Tells(Channel):
    def keep(self, token: str, message: str, replies: list[dict[str, Any]]) -> None:
        super().keep(token, message, replies)
        super().keep(token, "what somebody else said", replies)


class KeepsAnother(Channel):
    def keep(self, token: str, message: str, replies: list[dict[str, Any]]) -> None:
        super().keep(token, message, super().replies(token, "another answer"))


class Silent(Channel):
    def replies(self, token: str, message: str) -> list[dict[str, Any]]:
        return []


class Refuses(Channel):
    def __init__(self, status: int, body: Any) -> None:
        super().__init__()
        self._refusal = status, body

    def answer(self, token: str, message: str, key: str) -> web.Response:
        if self.requests % 2:
            status, body = self._refusal
            return web.json_response(body, status=status, headers={"Retry-After": "0"})
        return super().answer(token, message, key)


class CannotJudge(Channel):
    """Cannot judge at first, and keeps what was said."""

    def replies(self, token: str, message: str) -> list[dict[str, Any]]:
        if message == "three":
            return [{"recipient_id": token, "text": CANNOT_GO_ON, "metadata": {"kind": "notice"}}]
        if message == visitors.ON_WITH_THE_CHECK:
            return [{"recipient_id": token, "text": "", "metadata": {"kind": "assessment", "outcome": "not_now"}}]
        return super().replies(token, message)


def visit(channel: Channel, **settings: Any) -> Tally:
    async def run() -> Tally:
        async with channel.serve() as server:
            told = {"script": [SCRIPT], "think": 0.0, "conversations": 4, **HASTE, **settings}
            return await Crowd(str(server.make_url("")).rstrip("/"), 2, **told).run()

    return asyncio.run(run())


@pytest.mark.parametrize("impatient", [0.0, 1.0])
def test_nothing_is_found_where_nothing_is_wrong(impatient: float) -> None:
    tally = visit(Channel(), impatient=impatient)
    assert tally.faults == []
    assert (tally.conversations, count(tally.events)[ANSWERED]) == (4, TURNS)


@pytest.mark.parametrize(
    ("channel", "what"),
    [(Forgets, "lost"), (MixesUp, "wrong"), (Tells, "wrong"), (KeepsAnother, "wrong"), (Silent, "wrong")],
)
def test_what_is_wrong_is_found_in_each_conversation(channel: Callable[[], Channel], what: str) -> None:
    tally = visit(channel())
    assert len(getattr(tally, what)) == 4
    assert len(tally.faults) == 4


def test_a_turn_run_twice_is_found() -> None:
    assert visit(RunsTwice(), impatient=1.0).doubled


def test_what_nobody_answers_is_lost() -> None:
    nobody = Crowd(f"http://127.0.0.1:{free_port()}", 1, 0.0, conversations=1, script=[SCRIPT], **HASTE)
    assert len(asyncio.run(nobody.run()).lost) == 1


@pytest.mark.parametrize(
    ("status", "body", "how"), [(503, {"emergency": "911"}, REFUSED), (429, {}, SLOWED), (502, {}, UNREACHED)]
)
def test_a_refused_message_is_sent_again(status: int, body: Any, how: str) -> None:
    tally = visit(Refuses(status, body))
    assert tally.faults == []
    assert count(tally.events)[how] == TURNS
    assert visit(Refuses(400, {})).wrong


def test_what_is_not_kept_is_said_again_only_while_the_store_fails() -> None:
    tally = visit(Forgets(), store_fails=lambda began, ended: True)
    assert tally.faults == []
    assert count(tally.events)[WITHOUT_PAST] > 0


def test_a_judgement_that_was_missing_is_asked_for() -> None:
    script = [*SCRIPT[:2], ("three", ["assessment not_now", "referral"])]
    tally = visit(CannotJudge(), script=[script])
    assert tally.faults == []
    assert count(tally.events) == {ANSWERED: TURNS, REFUSED: 4}
    assert len(visit(CannotJudge(), script=[[*SCRIPT[:2], ("three", ["assessment urgent_care", "referral"])]]).wrong) == 4


def test_open_arrivals_count_the_wait_from_when_a_message_was_due() -> None:
    class Slow(Channel):
        async def webhook(self, request: web.Request) -> web.Response:
            await asyncio.sleep(0.1)
            return await super().webhook(request)

    settings = {"think": 0.001, "script": [SCRIPT * 3], "conversations": 1}
    late, in_time = (visitors.waits(visit(Slow(), open_ended=open_ended, **settings).events) for open_ended in (True, False))
    assert max(late) > 3 * statistics.median(in_time)
