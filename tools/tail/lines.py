"""How one log entry looks on a line: with broken ones shown as broken, and nobody's data."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.clock import WIB
from shared.events.cloudevents import Record, UnreadableError, read
from tools.masking import printable, shown, shown_data, shown_header, shown_key
from tools.moments import utc_now

NARROW = 120
"""Columns below which topics are written without owner and version."""


@dataclass(frozen=True)
class Line:
    """What may be shown of one log entry. `poison` says why its envelope cannot be read."""

    time: datetime
    topic: str
    partition: int
    offset: int
    key: str | None
    version: int | None
    type: str | None
    data: Any
    poison: str | None = None

    def as_json(self) -> str:
        """One object in one line."""
        return json.dumps(self.__dict__ | {"time": self.time.isoformat()})

    def as_text(self, width: int | None) -> str:
        """One line of at most `width` columns; None: as long as it is."""
        topic = self.topic
        if width is not None and width < NARROW and topic.count(".") == 2:
            topic = topic.split(".")[1]
        what = f"! {self.poison} {self.type or ''}".rstrip() if self.poison else str(self.type)
        number = "-" if self.version is None else str(self.version)
        parts = (self._clock(), topic, self.key or "-", number, what, self._said())
        text = printable(" ".join(parts))
        return text if width is None or len(text) <= width else text[: width - 1] + "…"

    def _clock(self) -> str:
        at = self.time.astimezone(WIB)
        return f"{at:%H:%M:%S}" if at.date() == utc_now().astimezone(WIB).date() else f"{at:%Y-%m-%d %H:%M:%S}"

    def _said(self) -> str:
        if isinstance(self.data, dict):
            own = {name: value for name, value in self.data.items() if value != self.key}
            return json.dumps(own, ensure_ascii=False, separators=(",", ":"))
        return "(erased)" if self.data is None else str(self.data)


def line(record: Record, timestamp: int | None) -> Line:
    """The line of a log entry; `timestamp` is the log's own, in milliseconds. It takes whatever is on a log."""
    at = _moment(timestamp)
    place = record.topic, record.partition, record.offset
    try:
        incoming = read(record)
    except UnreadableError as error:
        return Line(at, *place, _raw_key(record), error.version, _type(record), _data(record), error.code)
    kind = shown(incoming.type)
    key = shown_key(record.topic, incoming.key)
    data = shown_data(record.topic, incoming.data)
    return Line(at, *place, key, incoming.version, kind, data)


def key_of(record: Record) -> str | None:
    """The record's key as text, for a filter."""
    return None if record.key is None else record.key.decode("utf-8", "replace")


def type_of(record: Record) -> str | None:
    """The record's type as it is written, for a filter; also when the rest of the envelope is broken."""
    try:
        return read(record).type
    except UnreadableError:
        raw = dict(record.headers).get("ce_type")
        return None if raw is None else raw.decode("utf-8", "replace")


def _moment(timestamp: int | None) -> datetime:
    # A stranger may have written any number there.
    try:
        return datetime.fromtimestamp((timestamp or 0) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _raw_key(record: Record) -> str | None:
    return shown_key(record.topic, key_of(record))


def _type(record: Record) -> str | None:
    raw = dict(record.headers).get("ce_type")
    return None if raw is None else shown_header(record.topic, "ce_type", raw)


def _data(record: Record) -> Any:
    return shown_data(record.topic, record.value)
