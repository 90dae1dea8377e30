"""A log line never holds what a visitor wrote."""

from __future__ import annotations

import logging
import sys
from typing import Any

import pytest

from runtime import logs

SAID = "my secret illness"


def record(name: str | None, message: str, *args: Any, exc_info: Any = None) -> str:
    made: logging.LogRecord = logs._private_record(name, logging.INFO, "somewhere.py", 1, message, args, exc_info)
    assert made.exc_info is None
    return made.getMessage()


def test_a_line_of_other_code_says_only_where_it_comes_from() -> None:
    line = record("rasa.core.processor", f"Received {SAID} %s", SAID)
    assert SAID not in line
    assert line.startswith("rasa.core.processor at ")
    assert f"{__name__.rpartition('.')[2]}.py:" in line


@pytest.mark.parametrize("name", ["channels.turn", "actions.server", "runtime", None])
def test_our_own_lines_keep_their_words(name: str | None) -> None:
    assert record(name, "Sent %d of %d.", 1, 2) == "Sent 1 of 2."


@pytest.mark.parametrize("name", ["channels.turn", "rasa.core"])
def test_an_error_is_named_by_its_kind_and_place(name: str) -> None:
    try:
        raise ValueError(SAID)
    except ValueError:
        line = record(name, "It failed", exc_info=sys.exc_info())
    assert SAID not in line
    assert "ValueError < unit/runtime/test_logs.py:" in line
