"""Log lines as JSON, one per event, without anything a person could be known by."""

import logging
import sys
import traceback
from types import TracebackType
from typing import Any

import structlog
from structlog.types import EventDict, WrappedLogger


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
    return [f"{f.filename.rsplit('/', 3)[-1]}:{f.lineno} {f.name}" for f in traceback.extract_tb(at)[-6:]]
