"""Runs the assistant on this machine: the action server and Rasa, together from start to stop."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any, NoReturn, TextIO

from commands.shell import converse, new_session
from components.storage.database import Database, configured_address
from components.storage.errors import UnusableDatabaseError
from runtime.environment import setting, state_folder
from runtime.limits import STOP_TIMEOUT
from runtime.paths import ROOT
from runtime.version import VERSION

MODEL = setting("MODEL")
START_TIMEOUT = 120  # seconds
LOG_LINES_SHOWN = 40  # of a start that failed

Process = subprocess.Popen[bytes]


def session_secret() -> str:
    """Returns the key of the session tokens: SESSION_SECRET, or one that is made on first use and kept outside git."""
    if setting("SESSION_SECRET"):
        return setting("SESSION_SECRET")
    file = state_folder() / "session_secret"
    if not file.exists():
        state_folder().mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32))
    return file.read_text()


def environment() -> dict[str, str]:
    """Returns the environment that both servers run in."""
    return {
        "RASA_TELEMETRY_ENABLED": "false",
        # One message is too little work to share between threads.
        "OMP_NUM_THREADS": "1",
        "SANIC_BACKLOG": "1024",  # connections that wait to be accepted; one rush fills Rasa's 100
        **os.environ,
        "SESSION_SECRET": session_secret(),
    }


def rasa_command(model: str, port: str) -> list[str]:
    """Returns the command of a Rasa process."""
    command = [sys.executable, "-m", "rasa", "run", "--model", model, "-i", setting("HOST"), "--port", port]
    return [*command, "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]


def server_commands() -> list[list[str]]:
    """Returns the commands of the action server and of Rasa; the action server always listens on loopback only."""
    return [[sys.executable, "-m", "actions.server"], rasa_command(MODEL, setting("PORT"))]


def is_port_taken(port: str) -> bool:
    """Whether anybody listens on a port of the loopback interface."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


def wait_until_ready(address: str, processes: Sequence[Process]) -> bool:
    """Returns True once `address` answers 200; False when a process ended or the time is over."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def health(address: str) -> dict[str, Any]:
    """Returns which parts of the assistant at `address` work."""
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=10) as answer:
            parts: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        parts = json.load(error)
    return parts


def stop(processes: Sequence[Process]) -> None:
    """Ends the processes, after the turns that they are in."""
    # Rasa first: the last turn of a check still needs the action server.
    for process in reversed(processes):
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()


def prepare_database() -> None:
    """Migrates the database of conversations, so that it is refused before anything starts if it cannot be used.

    Raises:
        SystemExit: with the sentence that says why, and what to do.
    """
    try:
        database = Database(configured_address())
        database.prepare()
        database.close()
    except UnusableDatabaseError as refusal:
        sys.exit(str(refusal))


class Servers:
    """The action server and Rasa. Starts both; their lines go to `log`."""

    def __init__(self, log: TextIO) -> None:
        prepare_database()
        self._log = log
        self.processes = [self._start(command) for command in server_commands()]

    def _start(self, command: list[str]) -> Process:
        return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=self._log, stderr=self._log)

    def supervise(self) -> NoReturn:
        """Starts a server again whenever it ends."""
        while True:
            time.sleep(1)
            for index, command in enumerate(server_commands()):
                if self.processes[index].poll() is not None:
                    self.processes[index] = self._start(command)


def main() -> int:
    """Starts both servers, prints the page's address, and stops both on Ctrl-C. Returns 1 when they do not start."""
    os.umask(0o077)  # conversations and keys are nobody else's business
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    state_folder().mkdir(parents=True, exist_ok=True)
    taken = [port for port in (setting("PORT"), setting("ACTION_PORT")) if is_port_taken(port)]
    if taken:
        print(f"Port {' and '.join(taken)} is taken, perhaps by another `make run`. PORT and ACTION_PORT choose others.")
        return 1
    with (state_folder() / "assistant.log").open("a") as log:
        servers = Servers(log)
        try:
            return _serve(servers)
        except KeyboardInterrupt:
            return 0
        finally:
            stop(servers.processes)


def _serve(servers: Servers) -> int:
    address = f"http://{setting('HOST')}:{setting('PORT')}/webhooks/web"
    print(f"Exosome assistant {VERSION} is starting ...", flush=True)
    works = wait_until_ready(f"{address}/alive", servers.processes) and health(address)
    if not works or not works["model"]:
        log = state_folder() / "assistant.log"
        print(f"The assistant did not start; the end of {log} says why:")
        print("\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]))
        return 1
    if not works["store"]:
        print("The database does not answer. Until it does, every question is answered, and no conversation is kept.")
    if "--shell" in sys.argv[1:]:
        converse(address, new_session(address))
        return 0
    print(f"The assistant is ready: {address}/demo\nStop it with Ctrl-C.", flush=True)
    servers.supervise()


if __name__ == "__main__":
    sys.exit(main())
