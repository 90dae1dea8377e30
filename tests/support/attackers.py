"""Attacks that run until somebody stops them: `python -m tests.support.attackers NAME PORT TOKEN METRICS_PORT`.

Each runs in its own process, and prints "at it" once the attack has started. They use plain sockets, because no client library
would send such requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator

import psutil

from runtime.paths import ROOT

MAX_GROWTH = 48 * 1024 * 1024  # bytes of the server's memory that an attack may leave behind
CONNECT_TIMEOUT = 20.0  # seconds until the first connection
DRIBBLE_INTERVAL = 0.25  # seconds between two bytes of a slow sender
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def own_memory(process: psutil.Process) -> int:
    """Returns a process's own memory in bytes. What it maps from files, such as the weights of the model, does not count."""
    own: int = process.memory_full_info().uss
    return own


class Attacker:
    """Attacks the server at `port`, one attack at a time."""

    def __init__(self, port: int, token: str, metrics_port: int) -> None:
        self._port, self._token, self._metrics_port = port, token, metrics_port
        self._connections = 0

    async def _open(self, port: int | None = None) -> Connection:
        connection = await asyncio.open_connection("127.0.0.1", port or self._port)
        self._connections += 1
        return connection

    async def _many(self, number: int, attack: Callable[[], Awaitable[None]]) -> None:
        """Runs `attack` over and over, `number` at a time, whatever the result."""

        async def again() -> None:
            while True:
                try:
                    await attack()
                except (OSError, EOFError):
                    await asyncio.sleep(0.05)

        workers = [asyncio.ensure_future(again()) for _ in range(number)]
        began = time.monotonic()
        while not self._connections:
            if time.monotonic() > began + CONNECT_TIMEOUT:
                raise ConnectionError("Could not connect to the server.")
            await asyncio.sleep(1)
        print("at it", flush=True)
        await asyncio.wait(workers)

    def _head(self, length: str = "Content-Length: 2") -> bytes:
        lines = ["POST /webhooks/web/webhook HTTP/1.1", "Host: x", "Content-Type: application/json", length, "", ""]
        return "\r\n".join(lines).encode()

    async def _ask(self, connection: Connection, request: bytes) -> bytes:
        """Sends `request` and returns the first line of the response."""
        reader, writer = connection
        writer.write(request)
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
        await reader.readexactly(int(lengths[0]))
        return head.split(b"\r\n")[0]

    async def dribbling(self) -> None:
        """Sends three hundred heads and as many bodies, byte by byte."""

        async def dribble(begun: bytes, rest: bytes) -> None:
            _, writer = await self._open()
            writer.write(begun)
            for place in range(len(rest)):
                await asyncio.sleep(DRIBBLE_INTERVAL)
                writer.write(rest[place : place + 1])
                await writer.drain()

        async def both() -> None:
            long_head = b"GET /webhooks/web/alive HTTP/1.1\r\nX: " + b"x" * 4000
            await asyncio.gather(dribble(b"", long_head), dribble(self._head("Content-Length: 4000"), b"x" * 4000))

        await self._many(300, both)

    async def silent(self) -> None:
        """Opens a thousand connections that send nothing, stop halfway, or only close their own side."""
        silences = [b"", b"POST /webhooks/web/webhook HTTP/1.1\r\nHost:", self._head("Content-Length: 100") + b"{"]
        opened: list[Connection] = []

        async def open_one() -> None:
            connection = await self._open()
            connection[1].write(silences[len(opened) % 3])
            if len(opened) % 2:
                connection[1].write_eof()
            opened.append(connection)
            await asyncio.sleep(3600)

        await self._many(1000, open_one)

    async def hanging_up(self) -> None:
        """Sends requests and resets the connections before the answer."""

        async def hang_up() -> None:
            _, writer = await self._open()
            body = json.dumps({"sender": self._token, "message": "does it hurt"}).encode()
            writer.write(self._head(f"Content-Length: {len(body)}") + body)
            await asyncio.sleep(0.005)
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.close()
            await asyncio.sleep(0.2)

        await self._many(4, hang_up)

    async def sessions(self) -> None:
        """Opens a thousand sessions at once on a thousand connections, every second."""

        async def thousand() -> None:
            connections = await asyncio.gather(*(self._open() for _ in range(1000)))
            request = b"POST /webhooks/web/session HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
            await asyncio.gather(*(self._ask(connection, request) for connection in connections))
            for _, writer in connections:
                writer.close()
            await asyncio.sleep(1)

        await self._many(1, thousand)

    async def _flood(self, number: int, requests: list[bytes]) -> None:
        """Sends `requests` over and over, each after the answer to the one before."""

        async def flood() -> None:
            connection = await self._open()
            while True:
                for request in requests:
                    await self._ask(connection, request)

        await self._many(number, flood)

    async def malformed(self) -> None:
        """Sends malformed messages, as fast as the server refuses them."""
        bodies = [
            json.dumps({"sender": sender, "message": message}).encode()
            for sender, message in (
                ("\ud800", "hi"), ("a\u0000b", "hi"), ("x" * 300, "hi"), ("1.2.3", "hi"), (["x"], "hi"), (None, "hi"), (3, "hi"),
                (self._token, ["hi"]), (self._token, None), (self._token, 3), (self._token, {}), (self._token, "\u0000"),
            )
        ]  # fmt: skip
        bodies += [b"[" * 20_000, b'{"a":' * 10_000, b"[]", b"null", b"1e999", b"\xff\xfe", b""]
        requests = [self._head(f"Content-Length: {len(body)}") + body for body in bodies]
        requests += [
            request.replace(b"application/json", kind) for request in requests[:3] for kind in (b"text/plain", b"", b"\xff")
        ]
        await self._flood(2, requests)

    async def huge(self) -> None:
        """Sends ten megabytes at a time, with a Content-Length or in chunks."""
        chunk = b"10000\r\n" + b"[" * 65536 + b"\r\n"
        counted = self._head("Content-Length: 10000000") + b"[" * 10_000_000
        await self._flood(2, [counted, self._head("Transfer-Encoding: chunked") + chunk * 160 + b"0\r\n\r\n"])

    def _message(self, text: str) -> bytes:
        body = json.dumps({"sender": self._token, "message": text}).encode()
        return self._head(f"Content-Length: {len(body)}") + body

    async def growing(self) -> None:
        """Sends characters that each become eighteen once they are normalised."""
        await self._flood(2, [self._message("\ufdfa" * 5000)])

    async def phones(self) -> None:
        """Sends what looks like phone numbers that never end."""
        await self._flood(2, [self._message("12707550－－50" * 416)])

    async def histories(self) -> None:
        """Writes long messages, and reads all of them over and over."""
        read = f"GET /webhooks/web/history HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._token}\r\n\r\n".encode()
        await self._flood(2, [self._message("does it hurt " * 380), *[read] * 20])

    async def feedback(self) -> None:
        """Sends feedback on answers that nobody gave."""
        body = json.dumps({"sender": self._token, "topic": "ask_cost", "helpful": True}).encode()
        head = self._head(f"Content-Length: {len(body)}").replace(b"/webhook HTTP", b"/feedback HTTP")
        await self._flood(2, [head + body])

    async def unsigned(self) -> None:
        """Poses as Telegram without its secret, as fast as the server refuses it."""
        await self._flood(2, [self._head().replace(b"/web/", b"/telegram/") + b"{}"])

    async def unfinished(self) -> None:
        """Poses as Telegram 1,300 times with a megabyte each, of which the last byte never comes."""
        head = self._head("Content-Length: 1000000").replace(b"/web/", b"/telegram/")

        async def begin() -> None:
            reader, writer = await self._open()
            writer.write(head + b"x" * 999_999)
            await reader.read()

        await self._many(1300, begin)

    async def metrics(self) -> None:
        """Opens five hundred connections to the metrics and says nothing."""

        async def say_nothing() -> None:
            reader, _ = await self._open(self._metrics_port)
            await reader.read()

        await self._many(500, say_nothing)


@contextlib.contextmanager
def attacked(attack: str, port: str, token: str, metrics_port: str) -> Iterator[None]:
    """Runs an attack from 127.0.0.1 in a process of its own."""
    command = [sys.executable, "-m", "tests.support.attackers", attack, port, token, metrics_port]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as attacker:
        try:
            assert attacker.stdout
            assert attacker.stdout.readline() == b"at it\n", f"the attack did not start: {attack}"
            yield
            assert attacker.poll() is None, f"the attack has ended by itself: {attack}"
        finally:
            attacker.kill()


def main() -> None:
    """Runs the attack named on the command line."""
    name, port, token, metrics_port = sys.argv[1:]
    attacker = Attacker(int(port), token, int(metrics_port))
    asyncio.run(getattr(attacker, name)())


ATTACKS = [name for name in vars(Attacker) if not name.startswith("_")]
LIMITED = ATTACKS[ATTACKS.index("growing") :]  # those that the rate limits are there for


def described(attack: str) -> str:
    """Returns what an attacker does, in the words of its docstring."""
    words: str = getattr(Attacker, attack).__doc__
    return f"an attacker {words[0].lower()}{words[1:].rstrip('.')}"


if __name__ == "__main__":
    main()
