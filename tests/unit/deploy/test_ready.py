"""The wait of the units: until the server answers, wherever it listens, or has exited."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from runtime.paths import ROOT
from tests.support.client import free_port

HOST = "127.0.0.2"


class Alive(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/webhooks/web/alive" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[str]:
    """The port of a server that answers at HOST only."""
    running = HTTPServer((HOST, 0), Alive)
    Thread(target=running.serve_forever, daemon=True).start()
    yield str(running.server_address[1])
    running.shutdown()
    running.server_close()


def wait_for(pid: int, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.ready", str(pid)]
    environment = {**os.environ, **settings}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_it_ends_when_the_server_answers_at_its_own_address(port: str) -> None:
    done = wait_for(os.getpid(), HOST=HOST, PORT=port)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_fails_as_soon_as_the_server_has_exited() -> None:
    with subprocess.Popen(["true"]) as exited:
        exited.wait()
    done = wait_for(exited.pid, HOST=HOST, PORT=free_port())
    assert (done.returncode, "has exited" in done.stderr) == (1, True)
