"""Log lines of both servers: JSON, with the id of the request they belong to, and without a word of a visitor.

Rasa, its action server and their libraries put messages, slots and whole requests into log lines, at debug and in errors. So
from the first request on, a line of any code but ours says only where it comes from: logger, place in the source, and the
kind of an error. Our own lines are fixed words, and lose the text of an error too. What is logged before the first request
stays as it is, since it tells why a start failed and no visitor has said anything yet.
"""

from __future__ import annotations

import logging
import sys
import traceback
import uuid
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from sanic.request import Request
from structlog.contextvars import bind_contextvars, get_contextvars, merge_contextvars
from structlog.processors import EventRenamer, JSONRenderer, TimeStamper
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name

HEADER = "X-Request-ID"
FIELDS = ("channel", "kinds", "sent", "seconds")  # what our own lines say besides their words
FORMAT = ProcessorFormatter(
    foreign_pre_chain=[merge_contextvars, add_log_level, add_logger_name, ExtraAdder(FIELDS), TimeStamper("iso", key="time")],
    processors=[ProcessorFormatter.remove_processors_meta, EventRenamer("message"), JSONRenderer()],
)
OURS = ("actions", "channels", "commands", "components", "deploy", "runtime")
WRITERS = ("logging", "structlog", "warnings")  # packages that write a line for another
MAX_TRACE_DEPTH = 8  # places of an error that are named, from where it arose
Fault = tuple[type[BaseException], BaseException, TracebackType | None]


def begin() -> None:
    """Makes every log line of this process JSON without a visitor's text, from now on."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(FORMAT)
    logging.raiseExceptions = False  # a line that cannot be written would be printed with all that it holds
    logging.captureWarnings(True)
    logging.setLogRecordFactory(_record)
    sys.excepthook = _excepthook


async def follow(request: Request) -> None:
    """Gives every line about `request` its id, a UUID: the proxy's, the calling server's, or a new one. A middleware of Sanic."""
    # Any other text in the header may be somebody's words.
    bind_contextvars(request=str(request.id if isinstance(request.id, uuid.UUID) else uuid.uuid4()))


def request_id() -> str:
    """Returns the id of the request that is being answered; empty when there is none."""
    return str(get_contextvars().get("request", ""))


def _record(
    name: str | None, level: int, path: str, line: int, msg: Any, args: Any, exc_info: Any, *rest: Any, **more: Any
) -> Any:
    # A record without a name is the copy of another one.
    if name and name.partition(".")[0] not in OURS:
        msg, args = f"{name} at {_caller()}", ()
    if exc_info and exc_info[0]:
        # Formatting an error would write its text, and that of the errors behind it.
        msg, args = f"{msg % args if args else msg}: {_describe(exc_info)}", ()
    return logging.LogRecord(name, level, path, line, msg, args, None, *rest[:1])


def _caller() -> str:
    """Returns the place that asked for the line being written."""
    frame: FrameType | None = sys._getframe(1)
    while frame and (frame.f_globals is globals() or str(frame.f_globals.get("__name__")).partition(".")[0] in WRITERS):
        frame = frame.f_back
    return _place(frame.f_code.co_filename, frame.f_lineno) if frame else "an unknown place"


def _place(file: str, line: int | None) -> str:
    return f"{'/'.join(Path(file).parts[-3:])}:{line}"


def _describe(fault: Fault) -> str:
    places = [_place(frame.filename, frame.lineno) for frame in traceback.extract_tb(fault[2])[-MAX_TRACE_DEPTH:]]
    return " < ".join([fault[0].__name__, *reversed(places)])


def _excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger(__name__).critical("The process ends", exc_info=(kind, error, trace))
