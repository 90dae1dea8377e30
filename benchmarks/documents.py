"""Writes measurements into the documents that have a place for them."""

from __future__ import annotations

import re
from pathlib import Path


def write_between(document: Path, mark: str, text: str) -> None:
    """Puts `text` between `<!-- mark -->` and the next `<!-- end -->` of a document."""
    place = re.compile(rf"(?<=<!-- {re.escape(mark)} -->\n).*?(?=\n<!-- end -->)", re.DOTALL)
    written, found = place.subn(lambda _: text, document.read_text(encoding="utf-8"))
    assert found == 1, f"{document} has no place for {mark!r}"
    document.write_text(written, encoding="utf-8")
