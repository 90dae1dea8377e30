"""The action server: for this machine only, not to be killed, and silent about what it was sent."""

from __future__ import annotations

import json
import socket
import zlib
from typing import Any

import psutil
import pytest

from tests.support.servers import Log, Server

CANARY = "Zyxquorple"
CALL: dict[str, Any] = {
    "next_action": "action_assess_candidacy",
    "sender_id": CANARY,
    "version": "3.6.21",
    "tracker": {"sender_id": CANARY, "slots": {"age": CANARY}},
}
MEGABYTE = 1024 * 1024


@pytest.mark.parametrize("part", ["commands.rasa", "actions.server"])
def test_nobody_reaches_it_from_another_machine(victim: Server, part: str) -> None:
    listening = {
        (connection.laddr.ip, str(connection.laddr.port))
        for connection in victim.part(part).connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    ports = {"commands.rasa": [victim.port, victim.metrics_port], "actions.server": [victim.action_port]}[part]
    assert listening == {("127.0.0.1", port) for port in ports}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (zlib.compress(bytes(64 * MEGABYTE)), {"Content_Encoding": "deflate"}, 401),
        (zlib.compress(json.dumps(CALL).encode()), {"Content_Encoding": "deflate"}, 401),
        (json.dumps({**CALL, "tracker": {"slots": {"age": CANARY * MEGABYTE}}}).encode(), {}, 413),
        (b"[" * MEGABYTE, {}, 400),
        (b'{"tracker":' * 50_000, {}, 400),
        (f'{{"tracker": "{CANARY}'.encode(), {}, 400),
        (b"", {}, 400),
        (b"null", {}, 400),
        (json.dumps([CANARY]).encode(), {}, 500),
        (json.dumps({**CALL, "next_action": "another"}).encode(), {}, 404),
        (json.dumps({**CALL, "tracker": CANARY}).encode(), {}, 500),
        (json.dumps({**CALL, "tracker": {"slots": CANARY}}).encode(), {}, 500),
        (json.dumps({**CALL, "version": CANARY}).encode(), {}, 200),
    ],
    ids=["a small one that grows", "compressed", "ten megabytes", "deep", "deep names", "cut off", "empty", "null", "a list",
         "another action", "no tracker", "no slots", "another version"],
)  # fmt: skip
# Sanic refuses the compressed ones by their head, of which it then keeps nothing, the key included.
def test_it_lives_on_and_repeats_nothing(victim: Server, body: bytes, headers: dict[str, str], status: int) -> None:
    got, answer = victim.post_to_actions(body, **headers)
    assert got == status
    assert len(answer) < 1000
    assert CANARY.encode() not in answer
    told = {**CALL, "tracker": {"sender_id": "x", "slots": {"age": "16"}}}
    assert b"candidacy_outcome" in victim.post_to_actions(json.dumps(told).encode())[1]


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer x", f"Bearer {CANARY}", "Basic eDp5", "Bearer \u00e9"])
def test_nobody_asks_it_without_the_key(victim: Server, key: str) -> None:
    log = Log(victim)
    told = {**CALL, "tracker": {"sender_id": "x", "slots": {"age": "16", "hair_loss_type": CANARY}}}
    got, answer = victim.post_to_actions(json.dumps(told).encode(), Authorization=key)
    assert got == 401
    assert CANARY.encode() not in answer
    assert CANARY not in log.text()


def test_a_length_below_nothing_does_not_end_in_a_loop(victim: Server) -> None:
    head = "POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nx"
    with socket.create_connection(("127.0.0.1", int(victim.action_port)), timeout=20) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 401 ")
