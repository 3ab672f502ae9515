"""Takes the records of all topics once, as they stream by, and keeps of each what the checker needs."""

import base64
import json
from collections.abc import Collection, Sequence
from sys import intern
from typing import Any

from shared.events.catalogue import Topic, every_topic, topics
from shared.events.cloudevents import Incoming, Record, UnreadableError, read
from tests.chaos.evidence import Entry, Place
from tests.chaos.search import Searcher
from tests.harness import TYPES
from tools.demo.books import Log
from tools.demo.topics import Reader

DETAILS = {
    "DocumentPrinted": "serial",
    "BlankSpoiled": "serial",
    "MessageSent": "milestone",
    "MessageUndeliverable": "milestone",
    "BlanksReceived": "first_serial",
    "DeliveryAttempted": "outcome",
}
"""The field that tells one effect of a type from another."""


class Scribe:
    """Give it each partition's records in their order.

    `entries` is the log without values; `log` what the demonstration's reader makes of the true records.
    """

    def __init__(self, injected: Collection[Place], searcher: Searcher) -> None:
        self.entries: list[Entry] = []
        self._injected = frozenset(injected)
        self._searcher = searcher
        self._topics = every_topic()
        self._reader = Reader(topics().values())
        self._keys: dict[bytes | None, bytes | None] = {}

    @property
    def log(self) -> Log:
        """Each true event counted once."""
        return self._reader.log

    def take(self, records: Sequence[Any]) -> None:
        """Some records of one partition."""
        for record in records:
            entry = self._entry(record)
            self.entries.append(entry)
            if entry.event_id is not None and record.topic in topics() and entry.place not in self._injected:
                self._reader.take([record])
        self._search(self._topics[records[0].topic], records)

    def _entry(self, record: Any) -> Entry:
        place = record.topic, record.partition, record.offset
        key = self._keys.setdefault(record.key, record.key)
        try:
            incoming = read(record)
        except UnreadableError as error:
            return Entry(*place, key, error.version, None, None)
        try:
            detail = _detail(record.topic, incoming)
        except (ValueError, KeyError, RecursionError):
            # A body that is not what its type says. The run's own record is poison, and its envelope counts; a true one is
            # nothing that a service writes.
            if place not in self._injected:
                return Entry(*place, key, incoming.version, None, None)
            detail = ""
        return Entry(*place, key, incoming.version, incoming.event_id.bytes, intern(incoming.type), detail)

    def _search(self, topic: Topic, records: Sequence[Any]) -> None:
        content = b"\n".join(part for record in records for part in _parts(record))
        if topic.name in topics() and topic.classification == "restricted":
            self._searcher.read_allowed(content)
        else:
            self._searcher.read(f"topic {topic.name}", content)


def _detail(topic: str, incoming: Incoming) -> str:
    if incoming.data is None:
        return ""
    if topic not in topics():
        json.loads(incoming.data)
        return ""
    event = TYPES[topic, incoming.type].read(incoming.data)
    field = DETAILS.get(incoming.type)
    return intern(str(getattr(event, field) or "")) if field else ""


def _parts(record: Record) -> list[bytes]:
    parts = [record.key or b"", record.value or b"", *(value or b"" for _, value in record.headers)]
    return parts if record.topic in topics() else [*parts, *_inside(record.value or b"")]


def _inside(copy: bytes) -> list[bytes]:
    # A copy of what was set aside carries that in base64, where no search would see it.
    try:
        body = json.loads(copy)
        return [base64.b64decode(text or "") for text in (body["value"], *(v for _, v in body["headers"] or ()))]
    except (ValueError, KeyError, TypeError):
        return []
