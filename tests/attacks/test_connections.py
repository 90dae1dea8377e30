"""What a caller may do to a connection: it gets a refusal or is closed, and the visitors beside it are answered."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import itertools
import json
import resource
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.attackers import ATTACKS, LIMITED, attacked
from tests.support.caller import Caller, take_turns
from tests.support.servers import Server

ALIVE = b"GET /webhooks/web/alive HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /webhooks/web/webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"10000\r\n" + b"x" * 65536 + b"\r\n"
TEN_MEGABYTES = 10_000_000


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(server.port)), timeout=20)


def answers(connection: socket.socket) -> Iterator[tuple[int, Any]]:
    """Yields the status and the decoded body of each answer, until the server closes the connection."""
    with connection.makefile("rb") as file:
        while line := file.readline():
            content = file.read(int(http.client.parse_headers(file)["Content-Length"]))
            yield int(line.split()[1]), json.loads(content)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (POST + b"Content-Length: -1\r\n\r\nx", 400),
        (POST + b"Content-Length: +2\r\n\r\n{}", 400),
        (POST + b"Content-Length: 1_0\r\n\r\n{}", 400),
        (POST + b"Content-Length: many\r\n\r\n{}", 400),
        (POST + b"Content-Length:\r\n\r\n{}", 400),
        (POST + b"Content-Length: 1\r\n\r\n{}", 400),
        (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
        (POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: gzip\r\n\r\n{}", 400),
        (POST + b"Content-Encoding: deflate\r\nContent-Length: 2\r\n\r\n{}", 400),
        (POST + b"Expect: a reply\r\nContent-Length: 2\r\n\r\n{}", 417),
        (POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}", 413),
        (POST + b"Content-Length: %d\r\n\r\n" % TEN_MEGABYTES + b"[" * TEN_MEGABYTES, 413),
        (CHUNKED + CHUNK * 160 + b"0\r\n\r\n", 413),
        (CHUNKED + b"2\r\n{}\r\n0\r\n\r\n", 401),
        (CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n", 400),
        (CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n", 400),
        (CHUNKED + b"+2\r\n{}\r\n0\r\n\r\n", 400),
        (CHUNKED + b"0_2\r\n{}\r\n0\r\n\r\n", 400),
        (CHUNKED + b" 2\r\n{}\r\n0\r\n\r\n", 400),
        (CHUNKED + b"2\r\n{}XX0\r\n\r\n", 400),
        (CHUNKED + b"2\r\n{}\r\n0\r\nX: y\r\n\r\n", 400),
        (CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", 400),
        (CHUNKED + b"2" * 100, 400),
        (ALIVE + b"X: " + b"x" * 9000 + b"\r\n\r\n", 413),
        (ALIVE + b"no colon\r\n\r\n", 400),
        (ALIVE + b"X : y\r\n\r\n", 400),
        (ALIVE + b"X: y\r\n folded: z\r\n\r\n", 400),
        (ALIVE + b"Host: y\r\n\r\n", 400),
        (ALIVE + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 400),
        (ALIVE.replace(b"GET", b"TRACE") + b"\r\n", 405),
        (ALIVE.replace(b"GET", b"get") + b"\r\n", 405),
        (ALIVE.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n", 200),
        (b"GET /webhooks/web/alive\r\n\r\n", 400),
        (b"GET http://[::1 HTTP/1.1\r\n\r\n", 400),
        ("GET /webhooks/web/\u00e4 HTTP/1.1\r\n\r\n".encode(), 400),
        (b"GET /webhooks/web/%ff%00%2e%2e HTTP/1.1\r\n\r\n", 404),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    ],
    ids=lambda value: repr(value[:200].rpartition(b"application/json")[2][-60:]) if isinstance(value, bytes) else None,
)  # fmt: skip
def test_a_strange_request_is_refused(victim: Server, request_: bytes, status: int) -> None:
    with connect(victim) as connection:
        connection.sendall(request_)
        got, answer = next(answers(connection))
    assert got == status
    assert status == 200 or set(answer) == {"error", "message", "emergency"}


UNKNOWN = b"POST /nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        POST + b"Content-Length : %d\r\n\r\n" % len(ALIVE + b"\r\n"),
        CHUNKED + b"2\r\n{}\r\n0\r\n",
        CHUNKED + b"0x0\r\n\r\n",
        UNKNOWN + b"0x2\r\n{}\r\n0\r\n\r\n",
        UNKNOWN + b"2\r\n{}\r\n0\r\n",
    ],
    ids=["a blank before the colon", "a trailer", "a strange size", "a strange size to nowhere", "a trailer to nowhere"],
)
def test_no_body_becomes_a_second_request(victim: Server, request_: bytes) -> None:
    with connect(victim) as connection:
        connection.sendall(request_ + ALIVE + b"\r\n")
        with contextlib.suppress(ConnectionError):  # cut off with a part of it unread
            assert [status for status, _ in answers(connection)] == [404 if request_.startswith(UNKNOWN) else 400]


def test_a_body_in_clear_chunks_keeps_the_connection(victim: Server) -> None:
    body = CHUNKED + b"1\r\n{\r\n001\r\n}\r\n0\r\n\r\n"
    with connect(victim) as connection:
        connection.sendall(body + body + ALIVE + b"\r\n")
        assert [status for status, _ in itertools.islice(answers(connection), 3)] == [401, 401, 200]


@pytest.mark.parametrize(
    "request_",
    [b"GET /\xff HTTP/1.1\r\n\r\n", ALIVE + b"X: " + b"x" * TEN_MEGABYTES, POST + b"Content-Length: 10\r\n\r\n{}", b""],
    ids=["no UTF-8", "a head without end", "half a body", "nothing"],
)
def test_what_is_no_request_is_cut_off(victim: Server, request_: bytes) -> None:
    with connect(victim) as connection:
        try:
            connection.sendall(request_)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(65536) == b""
        except ConnectionError:
            pass  # cut off while it was sent


def test_requests_sent_together_are_answered_in_order(victim: Server) -> None:
    with connect(victim) as connection:
        connection.sendall((ALIVE + b"\r\n") * 50 + ALIVE.replace(b"alive", b"nothing") + b"\r\n" + POST + b"\r\n")
        got = [status for status, _ in itertools.islice(answers(connection), 52)]
    assert got == [200] * 50 + [404, 400]


def test_who_hangs_up_in_the_middle_of_a_turn_may_go_on(victim: Server) -> None:
    token = victim.session()
    body = json.dumps({"sender": token, "message": "how much does it cost"}).encode()
    for delay in (0.0, 0.002, 0.005, 0.01):
        with connect(victim) as connection:
            connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            time.sleep(delay)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not a farewell
    status, replies = victim.say(token, "does it hurt")
    assert (status, replies[0]["metadata"]["topic"]) == (200, "ask_pain")


def test_a_thousand_sessions_at_once_are_all_opened(victim: Server) -> None:
    async def open_one() -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(victim.port))
        writer.write(b"POST /webhooks/web/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        return json.loads(answer.partition(b"\r\n\r\n")[2])["sender"]

    async def open_all() -> list[str]:
        return await asyncio.gather(*(open_one() for _ in range(1000)))

    assert len(set(asyncio.run(open_all()))) == 1000


def test_who_does_not_come_to_an_end_is_told_so(victim: Server) -> None:
    async def wait(begun: bytes, trickle: bool) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(victim.port))
        writer.write(begun)
        # Only the status line: once the server has hung up, one more byte of ours resets the connection and hides the rest.
        answer = asyncio.ensure_future(reader.readline())
        while not answer.done():
            if trickle:
                writer.write(b"x")
            await asyncio.wait({answer}, timeout=0.3)
        return int((await answer).split()[1])

    async def wait_for_all() -> list[int]:
        begun = (ALIVE + b"X: ", POST + b"Content-Length: 100\r\n\r\n", CHUNKED + b"64\r\n")
        waiting = [wait(part, trickle) for part in begun for trickle in (False, True)]
        return await asyncio.wait_for(asyncio.gather(*waiting), 60)

    assert asyncio.run(wait_for_all()) == [408] * 6


def test_with_no_file_left_to_open_a_visitor_is_still_answered(victim: Server) -> None:
    rasa, visitor = victim.part("commands.rasa"), Caller(victim)
    limits = rasa.rlimit(resource.RLIMIT_NOFILE)
    assert visitor.say("hi")[0] == 200
    rasa.rlimit(resource.RLIMIT_NOFILE, (rasa.num_fds() + 60, limits[1]))
    try:
        waiting = [connect(victim) for _ in range(200)]
        assert visitor.say("does it hurt")[0] == 200
        for connection in waiting:
            connection.close()
    finally:
        rasa.rlimit(resource.RLIMIT_NOFILE, limits)


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack not in LIMITED])
def test_the_neighbours_are_answered_during_an_attack(victim: Server, attack: str) -> None:
    neighbour = Caller(victim)
    with attacked(attack, victim.port, victim.session(), victim.metrics_port):
        take_turns(neighbour, number=40)
