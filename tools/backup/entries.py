"""Records of a topic as lines of JSON, in pieces that gzip opens together as well as one by one."""

import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from aiokafka import ConsumerRecord

from tools.backup.archive import PIECE

Text = str | dict[str, str] | None
"""Bytes as text; what is no UTF-8, as {"base64": "…"}."""
_FAST: Final = 1
"""gzip's level; the best one takes ten times as long for a tenth less."""


class Entry(NamedTuple):
    """A record where it stood; `timestamp` in milliseconds."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def entry(record: ConsumerRecord) -> Entry:
    """What is kept of a record."""
    return Entry(record.partition, record.offset, record.timestamp, record.key, record.value, tuple(record.headers))


class Pieces:
    """Takes entries, and gives them out in pieces."""

    def __init__(self) -> None:
        self.count = 0
        self._lines: list[bytes] = []
        self._size = 0

    def take(self, entries: Iterable[Entry]) -> Iterator[bytes]:
        """The pieces that are full with these."""
        for one in entries:
            line = json.dumps(_written(one), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            self._lines.append(line)
            self._size += len(line)
            self.count += 1
            if self._size >= PIECE:
                yield self._piece()

    def rest(self) -> Iterator[bytes]:
        """The last piece, if there is one."""
        if self._lines:
            yield self._piece()

    def _piece(self) -> bytes:
        piece = gzip.compress(b"".join(self._lines), _FAST, mtime=0)
        self._lines, self._size = [], 0
        return piece


def read(piece: bytes) -> Iterator[Entry]:
    """The entries of a piece."""
    for line in gzip.decompress(piece).splitlines():
        said: dict[str, Any] = json.loads(line)
        headers = tuple((name, _bytes(value)) for name, value in said["headers"])
        yield Entry(
            said["partition"], said["offset"], said["timestamp"], _bytes(said["key"]), _bytes(said["value"]), headers
        )


def _written(one: Entry) -> dict[str, Any]:
    return {
        "partition": one.partition,
        "offset": one.offset,
        "timestamp": one.timestamp,
        "key": _text(one.key),
        "headers": [[name, _text(value)] for name, value in one.headers],
        "value": _text(one.value),
    }


def _text(raw: bytes | None) -> Text:
    if raw is None:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}


def _bytes(text: Text) -> bytes | None:
    if text is None:
        return None
    return text.encode() if isinstance(text, str) else base64.b64decode(text["base64"])
