"""Lets a server that refuses to start say why in one sentence.

The conversation store raises `SystemExit` with one sentence if it cannot use the database. Sanic logs every exception at startup
with a traceback, including this one.
"""

from __future__ import annotations

import logging


def is_worth_a_traceback(record: logging.LogRecord) -> bool:
    """Whether a log line from Sanic is about something other than a refusal."""
    return not (record.exc_info and isinstance(record.exc_info[1], SystemExit))


def install() -> None:
    """Keeps refusals out of Sanic's log. Python prints their sentence when the process exits."""
    logging.getLogger("sanic.error").addFilter(is_worth_a_traceback)
