"""The clinic's own website, on a real address, for what Playwright cannot answer itself, such as a service worker."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Site(ThreadingHTTPServer):
    """Serves `pages`, from path to content. A path that ends in `.js` is a script; what is missing never answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, str] = {}
        self.stopped = threading.Event()
        self.address = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path not in self.server.pages:
            self.server.stopped.wait()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if path.endswith(".js") else "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.pages[path].encode())

    def log_message(self, format: str, *arguments: object) -> None:
        """Logs nothing."""


@contextlib.contextmanager
def running_site() -> Iterator[Site]:
    """Runs the site on a free port."""
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, daemon=True)
        thread.start()
        yield site
        site.stopped.set()
        site.shutdown()
