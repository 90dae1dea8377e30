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


def test_a_warning_that_repeats_itself_is_cut_short_and_counted() -> None:
    now = [0.0]
    limit = logs.RepetitionLimit(lambda: now[0])

    def passes(level: int, text: str) -> logging.LogRecord | None:
        line = logging.LogRecord("channels", level, "", 0, text, (), None)
        return line if limit.filter(line) else None

    refused = [passes(logging.WARNING, "refused") for _ in range(3000)]
    assert sum(line is not None for line in refused) == logs.MAX_REPETITIONS
    assert passes(logging.WARNING, "something else")
    assert all(passes(logging.INFO, "Answered.") for _ in range(3000))
    now[0] = logs.REPETITION_INTERVAL
    last = passes(logging.WARNING, "refused")
    assert last
    assert last.getMessage() == f"refused ({3000 - logs.MAX_REPETITIONS} more like this were left out)"
