"""Keeps what visitors write out of the logs, whoever logs, at whatever level, to whatever handler.

Rasa, its action server and their libraries put messages, slots and whole requests into log lines, at debug and in errors. So
from the first request on, a line of any code but ours says only where it comes from: logger, place in the source, and the
kind of an error. Our own lines are fixed words, and lose the text of an error too. What is logged before the first request
stays whole, since it tells why a start failed and no visitor has said anything yet.
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Optional, Tuple, Type

OURS = ("actions", "channels", "components", "deploy")
WRITERS = ("logging", "structlog", "warnings")  # packages that write a line for another
DEEPEST = 8  # places of an error that are named, from where it arose
Fault = Tuple[Type[BaseException], BaseException, Optional[TracebackType]]


def keep_visitors_out() -> None:
    """Makes every log record of this process one without a visitor's text, from now on."""
    logging.captureWarnings(True)
    logging.setLogRecordFactory(_record)
    sys.excepthook = _excepthook


def _record(name: str, level: int, path: str, line: int, msg: Any, args: Any, exc_info: Any, *rest: Any, **more: Any) -> Any:
    if name.partition(".")[0] not in OURS:
        msg, args = f"{name} at {_caller()}", ()
    if exc_info and exc_info[0]:
        # Formatting an error would write its text, and that of the errors behind it.
        msg, args = f"{msg % args if args else msg}: {_describe(exc_info)}", ()
    return logging.LogRecord(name, level, path, line, msg, args, None, *rest[:1])


def _caller() -> str:
    """Returns the place that asked for the line being written."""
    frame: Optional[FrameType] = sys._getframe(1)
    while frame and (frame.f_globals is globals() or str(frame.f_globals.get("__name__")).partition(".")[0] in WRITERS):
        frame = frame.f_back
    return _place(frame.f_code.co_filename, frame.f_lineno) if frame else "an unknown place"


def _place(file: str, line: Optional[int]) -> str:
    return f"{'/'.join(Path(file).parts[-3:])}:{line}"


def _describe(fault: Fault) -> str:
    places = [_place(frame.filename, frame.lineno) for frame in traceback.extract_tb(fault[2])[-DEEPEST:]]
    return " < ".join([fault[0].__name__, *reversed(places)])


def _excepthook(kind: Type[BaseException], error: BaseException, trace: Optional[TracebackType]) -> None:
    logging.getLogger(__name__).critical("The process ends", exc_info=(kind, error, trace))
