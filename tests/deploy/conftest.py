"""A real nginx, run as an ordinary user, and stand-ins of the Rasa processes behind it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local import ROOT, wait_until_ready
from tests.conftest import Client, free_port

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
NOBODY: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
WEBSITE = "https://www.larkspur.example"
CLINIC = {"name": "Larkspur Dermatology", "phone": "(555) 010-0142", "websites": [WEBSITE]}


# What cannot be tested here, and why. In CI these tests run all the same, and fail.
MISSING = {}
if not NGINX:
    MISSING["test_nginx.py"] = "THE PROXY WAS NOT TESTED. No nginx was found; on Debian: apt-get install nginx"
if os.geteuid() != 0:
    MISSING["test_container.py"] = "THE CONTAINER FILE WAS NOT TESTED. It takes root, to become a user without rights."


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips what cannot be tested here."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name in MISSING and not os.environ.get("CI"):
            item.add_marker(pytest.mark.skip(reason=MISSING[item.path.name]))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for line in MISSING.values():
        terminalreporter.write_line(line, red=True, bold=True)


class Proxy(Client):
    """What nginx needs in a folder, and nginx when it runs."""

    def __init__(self, folder: Path, scheme: str = "http") -> None:
        self.folder, self.port = folder, free_port()
        super().__init__(f"{scheme}://127.0.0.1:{self.port}/webhooks/web")

    def write(self, *processes: str, **settings: str) -> None:
        """Writes the files, by the command that a clinic uses. `processes` may end with further options."""
        clinic = self.folder / "clinic.yml"
        clinic.write_text(yaml.safe_dump(CLINIC))
        command = [sys.executable, "-m", "deploy.nginx", str(self.folder), *processes]
        command += ["--listen", f"127.0.0.1:{self.port}", "--log", f"{self.folder}/run/access.log"]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "CLINIC_FILE": str(clinic), **settings}, check=True)
        if NOBODY:
            os.chown(self.folder / "run", NOBODY["user"], NOBODY["group"])

    @contextlib.contextmanager
    def running(self) -> Iterator[Proxy]:
        """Runs nginx, which knows nothing of an earlier run."""
        with (self.folder / "error.log").open("w") as log:
            process = subprocess.Popen([NGINX or "nginx", "-p", str(self.folder), "-c", "nginx.conf"], stderr=log, **NOBODY)
        try:
            assert wait_until_ready(f"{self.address}/config", [process]), (self.folder / "error.log").read_text()
            yield self
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(20)

    def logged(self, request_id: str) -> dict[str, Any]:
        """Returns the line of a request; it is written just after the answer."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            for line in (self.folder / "run" / "access.log").read_text().splitlines():
                if request_id in line:
                    return json.loads(line)
        raise AssertionError("not logged")


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """Gives a folder that any user may read, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


class StandIn:
    """Stands where a Rasa process would be, and says what it got."""

    def __init__(self) -> None:
        self.port = free_port()
        self.calls: list[dict[str, Any]] = []
        self._silence = threading.Event()
        self.behave("answers")

    def behave(self, how: str) -> None:
        """Makes it one that `answers`, `dies` over each request, `hangs` or is `gone`."""
        self.calls.clear()
        self.how = how
        self._silence.set()
        if getattr(self, "_server", None):
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        if how != "gone":
            self._silence = threading.Event()
            self._server = ThreadingHTTPServer(("127.0.0.1", int(self.port)), self._handler())
            threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in, silence = self, self._silence

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                call = {"path": self.path, "headers": dict(self.headers), "body": self.rfile.read(length).decode()}
                stand_in.calls.append(call)
                if stand_in.how == "hangs":
                    silence.wait()
                if stand_in.how == "answers":
                    content = json.dumps({"process": stand_in.port, **call}).encode()
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_: Any) -> None:
                pass

        return Handler
