"""A real nginx, run as an ordinary user, and fake Rasa processes behind it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.nginx import NGINX

# What cannot be tested here, and why. In CI these tests run all the same, and fail.
MISSING = {}
if not NGINX:
    MISSING["test_nginx.py"] = "THE PROXY WAS NOT TESTED. No nginx was found; on Debian: apt-get install nginx"
if not shutil.which("systemd-analyze"):
    MISSING["test_systemd.py"] = "THE UNITS WERE NOT TESTED. No systemd-analyze was found; on Debian: apt-get install systemd"
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
