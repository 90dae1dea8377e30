"""The files of the widget, as the web channel and a proxy in front of it serve them: a fixed list, read once."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from pathlib import Path

from sanic.response import HTTPResponse

from runtime.paths import WIDGET

TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
# What a page with the widget needs at most; the demo page holds to it.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Comments and blanks are for those who read the code, not for a phone. In scripts only what begins a line is known to be one,
# and what follows the end of a statement with no quote behind it.
MINIFY = {
    ".js": re.compile(rb"^\s*(?://[^\n]*|/\*.*?\*/)?(?P<kept>)|(?<=[;,{]) // [^\n\"'`]*$", re.M | re.S),
    ".css": re.compile(rb"/\*.*?\*/\s*|\s*(?P<kept>[{};,])\s*", re.S),
}


class WidgetFiles:
    """Serves the scripts, styles and pages that stand in `widget/` when the server starts, and nothing else."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {
            path.relative_to(WIDGET).as_posix(): _served(path) for path in WIDGET.rglob("*") if path.suffix in TYPES
        }
        self._zipped = {name: gzip.compress(content, mtime=0) for name, content in self._contents.items()}

    def languages(self) -> list[str]:
        """Returns the languages of the interface: one file of strings each."""
        return sorted(Path(name).stem for name in self._contents if name.startswith("strings/"))

    def write(self, folder: Path) -> None:
        """Writes the files for a proxy that serves them itself, each also zipped.

        nginx makes a file's ETag of its time and size, so the time stands for the content: then the tag is the same on every
        machine, and changes with the content.
        """
        for name, content in self._contents.items():
            time = int(hashlib.sha256(content).hexdigest()[:7], 16)
            for path, served in ((folder / name, content), (folder / f"{name}.gz", self._zipped[name])):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(served)
                os.utime(path, (time, time))

    def response(self, name: str, known: str = "", encodings: str = "") -> HTTPResponse | None:
        """Returns the file as a response, or None when there is no such file.

        Args:
            name: its path inside the folder.
            known: the ETags that the browser has (`If-None-Match`); if one is the file's own, the answer is 304.
            encodings: the browser's `Accept-Encoding`.
        """
        content = self._contents.get(name)
        if content is None:
            return None
        # All modules must be of one version, so the browser asks each time, and mostly hears that nothing changed.
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding", "Referrer-Policy": "same-origin"}
        if name.endswith(".html"):
            headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        if tag in known:
            return HTTPResponse(status=304, headers=headers)
        if "gzip" in encodings:
            content, headers["Content-Encoding"] = self._zipped[name], "gzip"
        return HTTPResponse(content, headers=headers, content_type=f"{TYPES[Path(name).suffix]}; charset=utf-8")


def _served(path: Path) -> bytes:
    content, spare = path.read_bytes(), MINIFY.get(path.suffix)
    return spare.sub(rb"\g<kept>", content) if spare else content
