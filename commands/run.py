"""Runs the assistant on this machine: starts and stops the action server and Rasa together."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TextIO

from channels.callbacks.intake import check_callbacks
from components.storage.database import Database, configured_address
from components.storage.errors import UnusableDatabaseError
from runtime.clinics import read_clinics, served_clinics
from runtime.environment import LOOPBACK_OF, server_address, setting, state_folder, wrong_settings
from runtime.limits import MIN_SECRET_LENGTH, STOP_TIMEOUT
from runtime.paths import ROOT
from runtime.version import VERSION

MODEL = setting("MODEL")
# What the action server may know besides Python's own variables: none of the secrets but its key.
ACTION_VARIABLES = {
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "SANIC_BACKLOG",
    "RASA_TELEMETRY_ENABLED", "LOG_LEVEL", "LOG_LEVEL_LIBRARIES", "ACTION_PORT", "ACTION_SECRET",
}  # fmt: skip
ACTION_PREFIXES = ("PYTHON", "COVERAGE_")
START_TIMEOUT = 120  # seconds
PROBE_TIMEOUT = 2.0  # seconds
MAX_LOG_SIZE = 50 * 1024 * 1024  # bytes; then the log becomes assistant.log.1, and the one before that goes
LOG_LINES_SHOWN = 40  # if the start fails

Process = subprocess.Popen[bytes]


def session_secret() -> str:
    """Returns the key for session tokens: SESSION_SECRET, or a key that we create on first use and keep out of git."""
    return _kept_secret("SESSION_SECRET")


def callback_secret() -> str:
    """Returns the key for requests to be called back: CALLBACK_SECRET, or one that we create like the key for sessions.

    It is empty if no clinic takes such requests.
    """
    is_needed = any(clinic.callback for _, clinic in served_clinics().items())
    return _kept_secret("CALLBACK_SECRET") if is_needed else setting("CALLBACK_SECRET")


def _kept_secret(name: str) -> str:
    if setting(name):
        return setting(name)
    file = state_folder() / name.lower()
    if not file.exists():
        state_folder().mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32))
    secret = file.read_text()
    if len(secret.strip()) < MIN_SECRET_LENGTH:
        sys.exit(f"{file} is empty or cut off. Delete it, and we make a new key; open chats end. Or set {name}.")
    return secret


@cache
def action_secret() -> str:
    """Returns the key to the action server: ACTION_SECRET, or a new one for this run. Only what we start needs it."""
    return setting("ACTION_SECRET") or secrets.token_hex(32)


def environment() -> dict[str, str]:
    """Returns the environment that Rasa runs in."""
    return {
        "RASA_TELEMETRY_ENABLED": "false",
        # One message is too little work to split between threads.
        "OMP_NUM_THREADS": "1",
        "SANIC_BACKLOG": "1024",  # connections waiting to be accepted; a single rush fills Rasa's default of 100
        **os.environ,
        "SESSION_SECRET": session_secret(),
        "CALLBACK_SECRET": callback_secret(),
        "ACTION_SECRET": action_secret(),
    }


def action_environment() -> dict[str, str]:
    """Returns the environment that the action server runs in."""
    return {name: value for name, value in environment().items() if name in ACTION_VARIABLES or name.startswith(ACTION_PREFIXES)}


def rasa_command(model: str, port: str) -> list[str]:
    """Returns the command that starts a Rasa process."""
    command = [sys.executable, "-m", "commands.rasa", "run", "--model", model, "-i", setting("HOST"), "--port", port]
    return [*command, "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]


def server_commands() -> list[tuple[list[str], dict[str, str]]]:
    """Returns the commands that start the action server and Rasa, and the environment of each.

    The action server only ever listens on loopback.
    """
    actions = [sys.executable, "-m", "actions.server"]
    return [(actions, action_environment()), (rasa_command(MODEL, setting("PORT")), environment())]


def is_port_taken(port: str, host: str = "127.0.0.1") -> bool:
    """Whether something is listening on a port of this machine; by default, on loopback."""
    try:
        with socket.create_connection((LOOPBACK_OF.get(host, host), int(port)), PROBE_TIMEOUT):
            return True
    except (OSError, UnicodeError):  # the latter if the host cannot exist
        return False


def wait_until_ready(address: str, processes: Sequence[Process]) -> bool:
    """Waits for `address` to answer 200. Returns False if a process exits or it takes too long."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def health(address: str) -> dict[str, Any]:
    """Returns which parts of the assistant at `address` are working."""
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=10) as answer:
            parts: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        parts = json.load(error)
    return parts


def stop(processes: Sequence[Process]) -> None:
    """Stops the processes, after they have finished their current turns."""
    # Stop Rasa first: the last turn of a check still needs the action server.
    for process in reversed(processes):
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()


def refuse_wrong_settings() -> None:
    """Ends the process if a setting cannot be right.

    Raises:
        SystemExit: the message says what is wrong, a line for each setting.
    """
    wrong = "\n".join(wrong_settings())
    if wrong:
        sys.exit(wrong)


def pass_on_hangups(processes: Sequence[Process]) -> None:
    """From now on, passes SIGHUP on to whatever `processes` are then, and does not end on it.

    Rasa reads the clinics' files again; the action server ignores it.
    """

    def pass_on(number: int, _frame: object) -> None:
        for process in processes:
            process.send_signal(number)

    signal.signal(signal.SIGHUP, pass_on)


def prepare_database() -> None:
    """Migrates the conversation database, so that we refuse an unusable one before anything starts.

    Raises:
        SystemExit: we cannot use the database; the message says why, and what to do.
    """
    try:
        database = Database(configured_address())
        database.prepare()
        database.close()
    except UnusableDatabaseError as refusal:
        sys.exit(str(refusal))


class Servers:
    """The action server and Rasa. Starts both, and writes their output to `log`."""

    def __init__(self, log: TextIO) -> None:
        check_callbacks(read_clinics(), environment())  # so that a wrong field or setting stops us before anything starts
        prepare_database()
        self._log = log
        self.processes = [self._start(*server) for server in server_commands()]

    def _start(self, command: list[str], environment: dict[str, str]) -> Process:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self._log, stderr=self._log)

    def supervise(self) -> NoReturn:
        """Restarts a server whenever it exits, and keeps the log from growing forever."""
        while True:
            time.sleep(1)
            if self._log is not sys.stdout:  # whoever runs a container keeps its log
                limit_log(Path(self._log.name))
            for index, server in enumerate(server_commands()):
                if self.processes[index].poll() is not None:
                    self.processes[index] = self._start(*server)


def limit_log(log: Path) -> None:
    """Copies and empties the log if it has become too long. The servers keep writing to the same file."""
    if log.stat().st_size > MAX_LOG_SIZE:
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


def main() -> int:
    return serve(show_page)


def show_page(address: str, servers: Servers) -> None:
    """Prints the URL of the page and keeps both servers running."""
    print(f"The assistant is ready: {address}/demo\nStop it with Ctrl-C.", flush=True)
    servers.supervise()


def serve(use: Callable[[str, Servers], None]) -> int:
    """Starts both servers, passes their URL to `use`, and stops both when `use` returns or on Ctrl-C.

    Returns 1 if they do not start.

    Raises:
        SystemExit: a setting is wrong, or we cannot use the database; the message says why.
    """
    os.umask(0o077)  # other users must not read conversations and keys
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    refuse_wrong_settings()
    state_folder().mkdir(parents=True, exist_ok=True)
    hosts = {"PORT": setting("HOST"), "ACTION_PORT": "127.0.0.1"}
    taken = [setting(name) for name, host in hosts.items() if is_port_taken(setting(name), host)]
    if taken:
        print(f"Port {' and '.join(taken)} is in use, perhaps by another `make run`. Set PORT and ACTION_PORT to use others.")
        return 1
    with (state_folder() / "assistant.log").open("a") as log:
        begins = log.tell()
        servers = Servers(log)
        pass_on_hangups(servers.processes)
        try:
            return _use_when_ready(servers, use, begins)
        except KeyboardInterrupt:
            return 0
        finally:
            stop(servers.processes)


def _use_when_ready(servers: Servers, use: Callable[[str, Servers], None], begins: int) -> int:
    """Calls `use` once the servers answer. If they do not, prints what they have logged, from the byte where the log `begins`."""
    address = f"http://{server_address()}/webhooks/web"
    print(f"Exosome assistant {VERSION} is starting ...", flush=True)
    works = wait_until_ready(f"{address}/alive", servers.processes) and health(address)
    if not works or not works["model"]:
        log = state_folder() / "assistant.log"
        wrong_setting = any(process.poll() == os.EX_CONFIG for process in servers.processes)
        print(f"The assistant did not start. The end of {log} says why:")
        lines = log.read_bytes()[begins:].decode(errors="replace").splitlines()
        print("\n".join(lines[-1:] if wrong_setting else lines[-LOG_LINES_SHOWN:]))
        return 1
    if not works["store"]:
        print("The database does not answer. Until it does, we answer every question but store no conversations.")
    use(address, servers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
