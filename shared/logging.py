"""Log lines as JSON, one per event, without anything a person could be known by."""

import logging
import sys
import traceback
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Any

import structlog
from structlog.types import EventDict, WrappedLogger

from shared.tracing import in_log_line


def configure(service: str, level: str) -> None:
    """Set up logging of the process; every line names the service."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_PlacesOnly("%(name)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            in_log_line,
            where_not_what,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    structlog.contextvars.bind_contextvars(service=service)


class _PlacesOnly(logging.Formatter):
    """The libraries' own lines: their exceptions without texts too."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        # What asyncio adds after its first line is the repr of the task, and with it that of its exception.
        if record.name == "asyncio":
            record.message = record.message.partition("\n")[0]
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the standard library's name
        return f"{_kind(ei[1])} at {' < '.join(reversed(_frames(ei[2])))}"


def where_not_what(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Keep of an exception its types and places. Its text stays out: a database error quotes the row."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]  # a group of tasks fails for one reason, and cancels the rest
    if isinstance(error, BaseException):
        event["error"] = _kind(error)
        event["at"] = _frames(error.__traceback__)
        if error.__cause__:
            event["cause"] = _kind(error.__cause__)
            event["cause_at"] = _frames(error.__cause__.__traceback__)
    return event


def _kind(error: BaseException) -> str:
    state = getattr(error, "sqlstate", None)
    return f"{type(error).__name__}({state})" if state else type(error).__name__


def _frames(at: TracebackType | None) -> list[str]:
    return [_place(f.filename, f.lineno, f.name) for f in traceback.extract_tb(at)[-6:]]


def places(frames: Iterable[FrameType]) -> list[str]:
    """Where the last of these frames, outermost first, stand in the code."""
    return [_place(f.f_code.co_filename, f.f_lineno, f.f_code.co_name) for f in [*frames][-6:]]


def _place(file: str, line: int | None, name: str) -> str:
    return f"{file.rsplit('/', 3)[-1]}:{line} {name}"
