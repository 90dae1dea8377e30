"""The unit tests need no Rasa, so that they take seconds: a file of them that loads it is refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    loaded = "rasa" in sys.modules
    outcome: Any = yield
    # In a run of all tests others may have loaded it before.
    if isinstance(collector, pytest.Module) and "rasa" in sys.modules and not loaded:
        report = outcome.get_result()
        report.outcome, report.longrepr = "failed", f"{collector.nodeid} loads Rasa: it is no unit test, or imports too much"
