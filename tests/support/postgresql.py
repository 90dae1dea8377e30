"""Runs a real PostgreSQL on loopback, from Debian's package, for as long as a test needs it."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg2

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda folder: int(folder.parent.name))
NOT_FOUND = "Could not find PostgreSQL. On Debian: apt-get install postgresql"


class PostgreSQL:
    """A server with one database, `assistant`, that a test can stop, start and suspend."""

    def __init__(self, folder: Path, port: str) -> None:
        """Creates the server's files in `folder`. `start` runs it on `port`."""
        assert PROGRAMS, NOT_FOUND
        self._folder, self._port, self._password = folder / "data", port, secrets.token_hex(16)
        self.url = f"postgresql://assistant:{self._password}@127.0.0.1:{port}/postgres"
        password_file = folder / "password"
        password_file.write_text(self._password)
        self._user = _ordinary_user(folder, password_file)
        options = [
            "--username",
            "assistant",
            "--auth",
            "scram-sha-256",
            "--pwfile",
            str(password_file),
            "--no-sync",
            "--encoding",
            "UTF8",
        ]
        self._run("initdb", *options)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(PROGRAMS / program), "--pgdata", str(self._folder), *arguments]  # type: ignore[operator]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **self._user)

    def start(self) -> None:
        """Starts the server, and waits until it accepts queries."""
        settings = f"-c listen_addresses=127.0.0.1 -p {self._port} -c unix_socket_directories='' -c max_connections=40"
        settings += " -c log_min_error_statement=panic -c log_error_verbosity=terse"  # as in deploy/compose.yml
        self._run("pg_ctl", "start", "--wait", "--silent", "--log", str(self._folder / "log"), "--options", settings)

    def stop(self) -> None:
        """Stops the server abruptly and breaks its connections."""
        self._run("pg_ctl", "stop", "--silent", "--mode", "immediate")

    @contextlib.contextmanager
    def hanging(self) -> Iterator[None]:
        """Makes the server accept connections and statements, but never answer."""
        processes = self._processes()
        for process in processes:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGCONT)

    def _processes(self) -> list[psutil.Process]:
        main = psutil.Process(int((self._folder / "postmaster.pid").read_text().split()[0]))
        return [main, *main.children(recursive=True)]

    def logged(self) -> str:
        """Returns the server's log."""
        return (self._folder / "log").read_text(errors="replace")

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """Runs a query and returns its rows."""
        with contextlib.closing(psycopg2.connect(self.url)) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    def do(self, statements: str) -> None:
        """Runs statements."""
        with contextlib.closing(psycopg2.connect(self.url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statements)


def _ordinary_user(*owned: Path) -> dict[str, Any]:
    """Returns the user to run programs as that refuse to run as root, and gives that user the files in `owned`."""
    if os.geteuid():
        return {}
    for path in owned:
        shutil.chown(path, "postgres", "postgres")
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def postgresql(port: str) -> Iterator[PostgreSQL]:
    """Runs a server on `port`."""
    # Not in pytest's own folder, because other users cannot enter it.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server: PostgreSQL | None = None
        try:
            server = PostgreSQL(Path(folder), port)
            server.start()
            yield server
        finally:
            if server and (server._folder / "postmaster.pid").exists():
                server.stop()
