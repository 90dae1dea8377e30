"""Runs the real servers the way `make run` does."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from channels.identity import Sessions
from commands.run import wait_until_ready
from runtime.clinic import CLINIC_ID
from runtime.clinics import served_clinics
from runtime.limits import STOP_TIMEOUT
from runtime.paths import ROOT
from tests.support.client import Client, free_port

ACTION_SECRET = secrets.token_hex(32)  # of every action server that this process starts


class Server(Client):
    """The assistant the way `make run` starts it, with a client to talk to it.

    Attributes:
        settings: the environment that it runs in, for other commands to use.
        database: a file, or the URL of a PostgreSQL database.
    """

    def __init__(self, process: subprocess.Popen, database: Path | str, settings: Mapping[str, str]) -> None:
        self.process, self.database, self.settings = process, database, settings
        self.port, self.action_port, self.metrics_port = (settings[f"{name}PORT"] for name in ("", "ACTION_", "METRICS_"))
        super().__init__(f"http://127.0.0.1:{self.port}/webhooks/web")

    def part(self, name: str) -> psutil.Process:
        """Returns the process of Rasa or of the action server: `commands.rasa` or `actions.server`."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        (process,) = [child for child in children if name in child.cmdline()]
        return process

    def log_file(self) -> Path:
        """Returns the file that both servers log to."""
        return Path(self.settings["ASSISTANT_STATE"]) / "assistant.log"

    def figures(self) -> str:
        """Returns the Prometheus metrics."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def post_to_actions(self, body: bytes, **headers: str) -> tuple[int, bytes]:
        """Posts to the action server, with the key unless `headers` has another. Returns the status and the answer."""
        sent = {"Content-Type": "application/json", "Authorization": f"Bearer {self.settings['ACTION_SECRET']}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"http://127.0.0.1:{self.action_port}/webhook", body, sent)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def session(self, age: float = 0, clinic: str = CLINIC_ID) -> str:
        """Returns a session token. We create it here with the shared key, so that it does not count towards the session limit.

        Args:
            age: how many seconds ago it was issued.
            clinic: the id of the clinic.
        """
        clinics = served_clinics(self.settings)
        return Sessions(self.settings["SESSION_SECRET"], clinics, lambda: time.time() - age).mint(clinic)


@contextlib.contextmanager
def running(database: Path | str, until_ready: str = "health", python: str = sys.executable, **settings: str) -> Iterator[Server]:
    """Runs the assistant the way `make run` does, on free ports unless `settings` says otherwise, with its own state folder.

    Args:
        database: a file, or the URL of a PostgreSQL database.
        until_ready: the path that must answer 200 before we continue.
        python: the interpreter, with its packages.
        settings: environment variables.
    """
    ports = {name: free_port() for name in ("PORT", "ACTION_PORT", "METRICS_PORT")}
    defaults = {"CONVERSATIONS_DB": str(database), "SESSION_SECRET": secrets.token_hex(32), "ACTION_SECRET": ACTION_SECRET}
    # Like in a clinic, one platform is set up and the others are off.
    defaults |= {"TELEGRAM_TOKEN": "1:x", "TELEGRAM_WEBHOOK_SECRET": "secret-of-the-test"}
    with tempfile.TemporaryDirectory(prefix="assistant-") as state:
        environment = {**os.environ, **ports, **defaults, "ASSISTANT_STATE": state, **settings}
        command = [python, "-m", "commands.run"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        server = Server(process, database, environment)
        try:
            _wait_until_supervised(process)
            assert wait_until_ready(f"{server.address}/{until_ready}", [process])
            yield server
        finally:
            end(process)


def _wait_until_supervised(process: subprocess.Popen) -> None:
    """Waits until commands/run.py says that it is ready. Until then, it does not restart a server that a test kills."""
    said = []
    for line in process.stdout:
        if "is ready" in line:
            return
        said.append(line)
    raise AssertionError("".join(said))


def end(process: subprocess.Popen) -> None:
    """Stops a process, and kills its children if it does not stop in time."""
    started = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(2 * STOP_TIMEOUT + 5)
    except subprocess.TimeoutExpired:
        for child in started:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        process.kill()
        raise


@contextlib.contextmanager
def running_actions() -> Iterator[str]:
    """Runs only the action server. Yields its port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "actions.server"],
        cwd=ROOT,
        env={**os.environ, "ACTION_PORT": port, "ACTION_SECRET": ACTION_SECRET},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert wait_until_ready(f"http://127.0.0.1:{port}/health", [process])
        yield port
    finally:
        process.terminate()
        process.wait(10)


class Log:
    """What a server has logged since this object was created."""

    def __init__(self, server: Server) -> None:
        self._file = server.log_file()
        self._from = self._file.stat().st_size

    def text(self) -> str:
        """Returns the new part of the log."""
        with self._file.open("rb") as file:
            file.seek(self._from)
            return file.read().decode(errors="replace")
