"""Serves the widget's files, or writes them for a proxy to serve. They are a fixed list, read once."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from pathlib import Path

import minify
from sanic.response import HTTPResponse

from runtime.paths import WIDGET

TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
MINIFIED = (".js", ".css")
SCRIPT, PLACEHOLDER = "widget.js", "exosome-chat.invalid"  # the script gets our address here, which only a request tells us
GZIP = re.compile(r"(?<![\w*-])gzip(?![\w*-])(?:\s*;\s*q\s*=\s*(?P<weight>[01](?:\.\d{0,3})?))?", re.I)
HOST_PATTERN = r"[A-Za-z0-9.:\[\]-]+"  # an address that may replace it
# Everything that a page with the widget must allow. The demo page allows nothing else.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class WidgetFiles:
    """Serves the scripts, styles and pages in `widget/`, as they were when the server started, and nothing else."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {
            path.relative_to(WIDGET).as_posix(): _minified(path) for path in WIDGET.rglob("*") if path.suffix in TYPES
        }
        self._compressed = {name: gzip.compress(content, mtime=0) for name, content in self._contents.items()}

    def languages(self) -> list[str]:
        """Returns the languages of the interface. Each one has a file of strings."""
        return sorted(Path(name).stem for name in self._contents if Path(name).parent.name == "strings")

    def write(self, folder: Path) -> None:
        """Writes the files for a proxy to serve, with a compressed copy of each.

        nginx computes a file's ETag from its modification time and size. So we derive the time from the content: then the tag
        is the same on every machine, and changes with the content.
        """
        for name, content in self._contents.items():
            time = int(hashlib.sha256(content).hexdigest()[:7], 16)
            for path, served in ((folder / name, content), (folder / f"{name}.gz", self._compressed[name])):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(served)
                os.utime(path, (time, time))

    def response(self, name: str, known_tags: str = "", encodings: str = "", host: str = "") -> HTTPResponse | None:
        """Returns the file as a response, or None when there is no such file.

        Args:
            name: its path inside the folder.
            known_tags: the ETags that the browser has (`If-None-Match`). If the file's tag is among them, we answer 304.
            encodings: the browser's `Accept-Encoding`.
            host: our own address, as the browser has it.
        """
        content = self._contents.get(name)
        if content is None:
            return None
        if name == SCRIPT and re.fullmatch(HOST_PATTERN, host):
            content = content.replace(PLACEHOLDER.encode(), host.encode())
        # All modules must be the same version, so the browser asks every time. Usually it hears that nothing changed.
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding", "Referrer-Policy": "same-origin"}
        if name.endswith(".html"):
            headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        if tag in known_tags:
            return HTTPResponse(status=304, headers=headers)
        if accepts_gzip(encodings):
            content, headers["Content-Encoding"] = self._zipped(name, content), "gzip"
        return HTTPResponse(content, headers=headers, content_type=f"{TYPES[Path(name).suffix]}; charset=utf-8")

    def _zipped(self, name: str, content: bytes) -> bytes:
        return self._compressed[name] if content is self._contents[name] else gzip.compress(content, mtime=0)


def accepts_gzip(encodings: str) -> bool:
    """Whether an `Accept-Encoding` header names gzip, and not with `q=0`, which refuses it."""
    accepted = GZIP.search(encodings)
    return accepted is not None and float(accepted["weight"] or 1) > 0


def _minified(path: Path) -> bytes:
    content = path.read_bytes()
    return minify.string(TYPES[path.suffix], content.decode()).encode() if path.suffix in MINIFIED else content
