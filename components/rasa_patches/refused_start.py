"""Lets a server that refuses to start say why in one sentence.

The store of conversations ends the process with `SystemExit` and a sentence when it cannot use the database. Sanic logs every
exception at the start with its traceback, that one too.
"""

from __future__ import annotations

import logging


def is_worth_a_traceback(record: logging.LogRecord) -> bool:
    """Tells whether a line of Sanic's log is about something other than a refusal."""
    return not (record.exc_info and isinstance(record.exc_info[1], SystemExit))


def install() -> None:
    """Keeps refusals out of Sanic's log; Python prints their sentence when the process ends."""
    logging.getLogger("sanic.error").addFilter(is_worth_a_traceback)
