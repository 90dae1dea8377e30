"""JSON log lines for both servers, with the id of the request, and without anything a visitor wrote.

Rasa, its action server and their libraries log messages, slots and whole requests, at debug level and in errors. So once the
server takes requests, a line from code that is not ours only says where it comes from: the logger, the place in the source and
the type of the error. Our own lines have a fixed wording, and we strip the text of errors from them too. Lines logged before
the first request are left alone: they explain why a start failed, and no visitor has said anything yet.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from sanic.request import Request
from structlog.contextvars import bind_contextvars, get_contextvars, merge_contextvars
from structlog.processors import EventRenamer, JSONRenderer, TimeStamper
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name

REQUEST_ID_HEADER = "X-Request-ID"
EXTRA_FIELDS = ("channel", "kinds", "sent", "seconds")  # the fields that our own lines may add
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
LOGGING_PACKAGES = ("logging", "structlog", "warnings")  # they log on behalf of other code
MAX_REPETITIONS = 20  # of one warning or error in one interval; a caller who causes 3,000 a second would fill the disk
REPETITION_INTERVAL = 60.0  # seconds
MAX_TRACE_DEPTH = 8  # stack frames that we list for an error, innermost first
ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def start_private_logging() -> None:
    """From now on, every log line of this process is JSON and free of visitors' text."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(JSON_FORMATTER)
        handler.addFilter(RepetitionLimit())
    logging.raiseExceptions = False  # otherwise a line that cannot be formatted is printed with all its arguments
    logging.captureWarnings(True)
    logging.setLogRecordFactory(_private_record)
    sys.excepthook = _excepthook


class RepetitionLimit(logging.Filter):
    """Lets each warning and error through MAX_REPETITIONS times an interval, then says how many it left out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Takes a clock that returns the current time in seconds."""
        super().__init__()
        self._clock, self._since = clock, clock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        line = (record.name, record.getMessage())
        if self._clock() - self._since >= REPETITION_INTERVAL:
            left_out = self._counts[line] - MAX_REPETITIONS
            self._counts.clear()
            self._since = self._clock()
            if left_out > 0:
                record.msg, record.args = f"{line[1]} ({left_out} more like this were left out)", ()
        self._counts[line] += 1
        return self._counts[line] <= MAX_REPETITIONS


async def bind_request_id(request: Request) -> None:
    """Sanic middleware: adds the request's id to every line about `request`. The id is a UUID: the caller's, or a new one."""
    # Any other text in the header may be something a person wrote.
    bind_contextvars(request=str(request.id if isinstance(request.id, uuid.UUID) else uuid.uuid4()))


def request_id() -> str:
    """Returns the id of the request that we are answering; empty if there is none."""
    return str(get_contextvars().get("request", ""))


def _private_record(
    name: str | None, level: int, path: str, line: int, msg: Any, args: Any, exc_info: Any, *rest: Any, **more: Any
) -> Any:
    # A record without a name is a copy of another one.
    if name and name.partition(".")[0] not in OUR_PACKAGES:
        msg, args = f"{name} at {_caller()}", ()
    if exc_info and exc_info[0]:
        # The formatter would write out the text of the error and of its causes.
        msg, args = f"{msg % args if args else msg}: {_describe(exc_info)}", ()
    return logging.LogRecord(name or "", level, path, line, msg, args, None, *rest[:1])


def _caller() -> str:
    """Returns the place in the code that is logging this line."""
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
    logging.getLogger(__name__).critical("The process crashed", exc_info=(kind, error, trace))
