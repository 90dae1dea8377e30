"""Log lines of both servers: JSON, with the id of the request they belong to, and without a word of a visitor.

Rasa, its action server and their libraries put messages, slots and whole requests into log lines, at debug and in errors. So
from the first request on, a line of any code but ours says only where it comes from: the logger, the place in the source, and
the kind of error. Our own lines are fixed words, and lose the text of an error too. What is logged before the first request
stays as it is: it tells why a start failed, and no visitor has said anything yet.
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

REQUEST_ID_HEADER = "X-Request-ID"
EXTRA_FIELDS = ("channel", "kinds", "sent", "seconds")  # what our own lines carry beside their words
JSON_FORMATTER = ProcessorFormatter(
    foreign_pre_chain=[
        merge_contextvars,
        add_log_level,
        add_logger_name,
        ExtraAdder(EXTRA_FIELDS),
        TimeStamper("iso", key="time"),
    ],
    processors=[ProcessorFormatter.remove_processors_meta, EventRenamer("message"), JSONRenderer()],
)
OUR_PACKAGES = ("actions", "channels", "commands", "components", "deploy", "runtime")
LOGGING_PACKAGES = ("logging", "structlog", "warnings")  # they write lines for other code
MAX_TRACE_DEPTH = 8  # places that we name for an error, from where it was raised
ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def start_private_logging() -> None:
    """Makes every log line of this process JSON without a visitor's text, from now on."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(JSON_FORMATTER)
    logging.raiseExceptions = False  # or a line that cannot be written would be printed with everything in it
    logging.captureWarnings(True)
    logging.setLogRecordFactory(_private_record)
    sys.excepthook = _excepthook


async def bind_request_id(request: Request) -> None:
    """Gives every line about `request` its id, a UUID: the proxy's, the calling server's, or a new one. Sanic middleware."""
    # Any other text in the header may be somebody's words.
    bind_contextvars(request=str(request.id if isinstance(request.id, uuid.UUID) else uuid.uuid4()))


def request_id() -> str:
    """Returns the id of the request that is being answered; empty when there is none."""
    return str(get_contextvars().get("request", ""))


def _private_record(
    name: str | None, level: int, path: str, line: int, msg: Any, args: Any, exc_info: Any, *rest: Any, **more: Any
) -> Any:
    # A record without a name is a copy of another record.
    if name and name.partition(".")[0] not in OUR_PACKAGES:
        msg, args = f"{name} at {_caller()}", ()
    if exc_info and exc_info[0]:
        # The formatter would write the text of the error, and of the errors that led to it.
        msg, args = f"{msg % args if args else msg}: {_describe(exc_info)}", ()
    return logging.LogRecord(name or "", level, path, line, msg, args, None, *rest[:1])


def _caller() -> str:
    """Returns the place in the code that logs this line."""
    frame: FrameType | None = sys._getframe(1)
    while frame and (frame.f_globals is globals() or str(frame.f_globals.get("__name__")).partition(".")[0] in LOGGING_PACKAGES):
        frame = frame.f_back
    return _place(frame.f_code.co_filename, frame.f_lineno) if frame else "an unknown place"


def _place(file: str, line: int | None) -> str:
    return f"{'/'.join(Path(file).parts[-3:])}:{line}"


def _describe(error: ExceptionInfo) -> str:
    places = [_place(frame.filename, frame.lineno) for frame in traceback.extract_tb(error[2])[-MAX_TRACE_DEPTH:]]
    return " < ".join([error[0].__name__, *reversed(places)])


def _excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger(__name__).critical("The process ends", exc_info=(kind, error, trace))
