"""A fake Rasa process, to test what is in front of it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.client import free_port


class FakeRasa:
    """Takes the place of a Rasa process, and records what it receives."""

    def __init__(self) -> None:
        self.port = free_port()
        self.calls: list[dict[str, Any]] = []
        self._silence = threading.Event()
        self.behave("answers")

    def behave(self, how: str) -> None:
        """Sets its behaviour: it `answers`, `dies` at each request, `hangs`, or is `gone`."""
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
        fake_rasa, silence = self, self._silence

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                call = {"path": self.path, "headers": dict(self.headers), "body": self.rfile.read(length).decode()}
                fake_rasa.calls.append(call)
                if fake_rasa.how == "hangs":
                    silence.wait()
                if fake_rasa.how == "answers":
                    content = json.dumps({"process": fake_rasa.port, **call}).encode()
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_: Any) -> None:
                pass

        return Handler
