"""How an event looks on the wire: CloudEvents 1.0, binary mode when written, either mode when read."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from asyncpg.pgproto.pgproto import UUID  # the same class asyncpg returns; parses ten times faster than uuid.UUID

MAX_KEY = 200
"""Bytes; a database index takes no row of more than a third of a page."""
MAX_VERSION = 2**63 - 1
STRUCTURED = b"application/cloudevents+json"
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Record(Protocol):
    """What a log entry must have to be read here; aiokafka's ConsumerRecord does, and a parked row does."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


class Incoming(NamedTuple):
    """A record whose envelope was understood; `data` None is a tombstone."""

    record: Record
    aggregate: tuple[str, str]
    """(topic, key)"""
    key: str
    version: int
    event_id: UUID
    type: str
    time: datetime
    traceparent: str | None
    data: bytes | None


class UnreadableError(Exception):
    """The envelope is not one of ours; `code` says why, `key` and `version` hold what could be read."""

    def __init__(self, code: str, key: str | None = None, version: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.key = key
        self.version = version


def headers(
    owner: str, topic: str, key: bytes, version: int, event_id: str, type_: str, time: str, traceparent: str | None
) -> list[tuple[str, bytes]]:
    """The record's headers; all values are text. `time` is RFC 3339 in UTC."""
    written = [
        *_headers_of_type(owner, topic, type_),
        ("ce_id", event_id.encode()),
        ("ce_subject", key),
        ("ce_time", time.encode()),
        ("ce_sequence", b"%d" % version),
    ]
    if traceparent:
        written.append(("traceparent", traceparent.encode()))
    return written


@lru_cache(maxsize=256)
def _headers_of_type(owner: str, topic: str, type_: str) -> tuple[tuple[str, bytes], ...]:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_source", f"/antar/{owner}".encode()),
        ("ce_type", type_.encode()),
        ("ce_dataschema", f"urn:antar:schema:{topic}:{type_}".encode()),
        ("content-type", b"application/json"),
    )


def read(record: Record) -> Incoming:
    """The envelope of a record.

    Raises:
        UnreadableError: no key, a header missing or not of its form.
    """
    if record.key is None:
        raise UnreadableError("null-key")
    try:
        key = record.key.decode()
    except UnicodeDecodeError:
        raise UnreadableError("bad-key") from None
    if "\0" in key or len(record.key) > MAX_KEY:
        raise UnreadableError("bad-key")
    given = {name: value for name, value in record.headers if value is not None}
    if given.get("content-type", b"").startswith(STRUCTURED):
        return _structured(record, key)
    version = _version(given.get("ce_sequence"), key)
    try:
        return Incoming(
            record,
            (record.topic, key),
            key,
            version,
            UUID(given["ce_id"].decode()),
            given["ce_type"].decode(),
            datetime.fromisoformat(given["ce_time"].decode()),
            _trace(given["traceparent"].decode("ascii", "replace")) if "traceparent" in given else None,
            record.value,
        )
    except KeyError:
        raise UnreadableError("missing-header", key, version) from None
    except ValueError:
        raise UnreadableError("bad-header", key, version) from None


def _version(text: bytes | str | None, key: str) -> int:
    if text is None:
        raise UnreadableError("missing-header", key)
    try:
        version = int(text)
    except ValueError:
        raise UnreadableError("bad-header", key) from None
    if not 1 <= version <= MAX_VERSION:
        raise UnreadableError("bad-header", key)
    return version


def _trace(text: object) -> str | None:
    # W3C: one that is not of its form is ignored. It must not reach our own outbox, nor is it worth a parked event.
    return text if isinstance(text, str) and _TRACEPARENT.fullmatch(text) else None


def _structured(record: Record, key: str) -> Incoming:
    try:
        envelope: Mapping[str, Any] = json.loads(record.value or b"")
        version = _version(str(envelope["sequence"]), key)
        return Incoming(
            record,
            (record.topic, key),
            key,
            version,
            UUID(envelope["id"]),
            str(envelope["type"]),
            datetime.fromisoformat(envelope["time"]),
            _trace(envelope.get("traceparent")),
            json.dumps(envelope["data"]).encode() if envelope.get("data") is not None else None,
        )
    except KeyError:
        raise UnreadableError("missing-header", key) from None
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise UnreadableError("bad-envelope", key) from None
