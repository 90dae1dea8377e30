"""Which vulnerabilities `make audit` reports."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from commands.audit import unexplained

PACKAGE: dict[str, Any] = {
    "name": "skops", "version": "0.1",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["0.2", "0.3"]}, {"id": "CVE-2", "fix_versions": []}],
}  # fmt: skip
LINES = ["skops 0.1: PYSEC-1, fixed in 0.2, 0.3", "skops 0.1: CVE-2, fixed in no version yet"]
UNTIL = date(2027, 5, 31)


@pytest.mark.parametrize(
    ("package", "ids", "today", "lines"),
    [
        ("skops", ["CVE-1", "CVE-2"], UNTIL, []),
        ("skops", ["CVE-1"], UNTIL, LINES[1:]),
        ("skops", ["PYSEC-1"], UNTIL, LINES[1:]),
        ("skops", ["CVE-1", "CVE-2"], date(2027, 6, 1), LINES),
        ("keras", ["CVE-1", "CVE-2"], UNTIL, LINES),
    ],
)
def test_an_exception_covers_its_package_until_its_date(package: str, ids: list[str], today: date, lines: list[str]) -> None:
    exceptions = [{"package": package, "ids": ids, "until": UNTIL}]
    assert unexplained([PACKAGE], exceptions, today) == lines
