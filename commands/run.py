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
from typing import Any, TextIO

from commands.shell import converse, new_session
from runtime.environment import setting
from runtime.paths import ROOT, state_folder
from runtime.version import VERSION

MODEL = os.environ.get("MODEL", "models/assistant.tar.gz")
START_LIMIT = 120  # seconds
STOP_TIMEOUT = 15  # seconds for a turn that is under way


def session_secret() -> str:
    """Returns the key of the session tokens: SESSION_SECRET, or one made on first use and kept outside git."""
    if os.environ.get("SESSION_SECRET"):
        return os.environ["SESSION_SECRET"]
    file = state_folder() / "session_secret"
    if not file.exists():
        state_folder().mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32))
    return file.read_text()


def environment() -> dict[str, str]:
    """Returns the environment that both servers run in."""
    return {
        "ACTION_PORT": setting("ACTION_PORT"),
        "METRICS_PORT": "5056",
        "CONVERSATIONS_DB": setting("CONVERSATIONS_DB"),
        "RASA_TELEMETRY_ENABLED": "false",
        # One message is too little work to share between threads.
        "OMP_NUM_THREADS": "1",
        "SANIC_BACKLOG": "1024",  # connections that wait to be accepted; Rasa's 100 are gone in one rush
        **os.environ,
        "SESSION_SECRET": session_secret(),
    }


def rasa(model: str, port: str) -> list[str]:
    """Returns the command of a Rasa process."""
    command = [sys.executable, "-m", "rasa", "run", "--model", model, "--port", port]
    command += ["-i", setting("HOST")]
    return [*command, "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]


def commands() -> list[list[str]]:
    """Returns the commands of the action server and of Rasa; the action server always listens on loopback only."""
    return [[sys.executable, "-m", "actions.server"], rasa(MODEL, setting("PORT"))]


def is_port_taken(port: str) -> bool:
    """Tells whether anybody listens on a port of the loopback interface."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


def wait_until_ready(address: str, processes: list[subprocess.Popen]) -> bool:
    """Returns True once `address` answers 200; False when a process ended or the time is over."""
    until = time.monotonic() + START_LIMIT
    while time.monotonic() < until and all(process.poll() is None for process in processes):
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
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def stop(processes: list[subprocess.Popen]) -> None:
    """Ends the processes, letting a turn that is under way finish."""
    # Rasa first: the last turn of a check still takes the action server.
    for process in reversed(processes):
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()


class Servers:
    """The action server and Rasa; one that ends is started again."""

    def __init__(self, log: TextIO) -> None:
        """Starts both; their lines go to `log`."""
        self._log = log
        self.processes = [self._start(command) for command in commands()]

    def _start(self, command: list[str]) -> subprocess.Popen:
        return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=self._log, stderr=self._log)

    def supervise(self) -> None:
        """Keeps both running, without end."""
        while True:
            time.sleep(1)
            for place, command in enumerate(commands()):
                if self.processes[place].poll() is not None:
                    self.processes[place] = self._start(command)


def main() -> int:
    """Starts both servers, prints the page's address, and stops both on Ctrl-C."""
    os.umask(0o077)  # conversations and keys are nobody else's business
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    state_folder().mkdir(parents=True, exist_ok=True)
    host, port = setting("HOST"), setting("PORT")
    address = f"http://{host}:{port}/webhooks/web"
    taken = [name for name in (port, environment()["ACTION_PORT"]) if is_port_taken(name)]
    if taken:
        print(f"Port {' and '.join(taken)} is taken, perhaps by another `make run`. PORT and ACTION_PORT choose others.")
        return 1
    with (state_folder() / "assistant.log").open("a") as log:
        servers = Servers(log)
        try:
            print(f"Exosome assistant {VERSION} is starting ...", flush=True)
            works = wait_until_ready(f"{address}/alive", servers.processes) and health(address)
            if not works or not works["model"]:
                print(f"The assistant did not start; the end of {log.name} says why:")
                print("\n".join((state_folder() / "assistant.log").read_text(errors="replace").splitlines()[-40:]))
                return 1
            if not works["store"]:
                print("The database does not answer. Until it does, every question is answered, and no conversation is kept.")
            if "--shell" in sys.argv[1:]:
                converse(address, new_session(address))
                return 0
            print(f"The assistant is ready: {address}/demo\nStop it with Ctrl-C.", flush=True)
            servers.supervise()
        except KeyboardInterrupt:
            return 0
        finally:
            stop(servers.processes)


if __name__ == "__main__":
    sys.exit(main())
