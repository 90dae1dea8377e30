"""A real nginx, run as an ordinary user, and stand-ins of the Rasa processes behind it."""

from __future__ import annotations

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import free_port
from tests.nginx import NGINX

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
