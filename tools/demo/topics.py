"""Reads the topics as an outsider does, with a plain client from the beginning, and checks each record's envelope."""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.events.catalogue import Topic, topics
from shared.kafka import client
from tools.demo.books import Log
from tools.demo.doors import DemoError

HEADERS = (
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_subject",
    "ce_time",
    "ce_dataschema",
    "ce_sequence",
)

_BATCH = 5000
_PATIENCE_MS = 10_000


async def read_topics(bootstrap: str, seen: Callable[[int], None] = lambda _n: None) -> Log:
    """Everything on the declared topics, up to their present ends."""
    consumer = AIOKafkaConsumer(
        **client(bootstrap),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 << 20,
        fetch_max_bytes=32 << 20,
        check_crcs=False,  # the loopback is trusted; it costs a third of the time
    )
    await consumer.start()
    try:
        return await _read(consumer, seen)
    finally:
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, seen: Callable[[int], None]) -> Log:
    partitions = [TopicPartition(t.name, n) for t in topics().values() for n in range(t.partitions)]
    consumer.assign(partitions)
    ends = await consumer.end_offsets(partitions)
    reader = Reader(topics().values())
    open_ones = {p for p in partitions if await consumer.position(p) < ends[p]}
    while open_ones:
        polled = await consumer.getmany(*open_ones, timeout_ms=_PATIENCE_MS, max_records=_BATCH)
        if not polled:
            raise DemoError(f"Kafka gave no more records though {len(open_ones)} partitions have some.")
        for records in polled.values():
            reader.take(records)
        seen(reader.log.records)
        open_ones = {p for p in open_ones if await consumer.position(p) < ends[p]}
        await asyncio.sleep(0)
    return reader.log


class Reader:
    """Takes records in the order of their partitions and keeps what the comparison needs."""

    def __init__(self, declared: Iterable[Topic]) -> None:
        self.log = Log()
        self._topics = {topic.name: topic for topic in declared}
        self._last: dict[str, dict[str, tuple[int, bytes]]] = {name: {} for name in self._topics}
        self._names: dict[str, str] = {}

    def take(self, records: Sequence[ConsumerRecord[Any, Any]]) -> None:
        """Records of one partition, in order."""
        for record in records:
            self._take(record)

    def _take(self, record: ConsumerRecord[Any, Any]) -> None:
        log = self.log
        log.records += 1
        headers = dict(record.headers)
        if record.key is None or not all(map(headers.get, HEADERS)):
            log.faults["headers"] += 1
            return
        key = record.key.decode()
        if headers["ce_subject"] != record.key:
            log.faults["keys"] += 1
        if not self._follows(record.topic, key, int(headers["ce_sequence"]), headers["ce_id"]):
            return
        name = headers["ce_type"].decode()
        log.events[record.topic, name] += 1
        # One object per key for all topics: a hundred thousand keys stand in twenty sets.
        log.keys.setdefault(name, set()).add(self._names.setdefault(key, key))
        self._look_inside(record, name, key)

    def _follows(self, topic: str, key: str, version: int, event_id: bytes) -> bool:
        """Whether this is a new event; a relay that was killed sends again what it had sent, in the same order."""
        last, last_id = self._last[topic].get(key, (0, b""))
        compacted = self._topics[topic].kind == "state"
        if version > last:
            if version > last + 1 and not compacted:
                self.log.faults["versions"] += 1
            self._last[topic][key] = (version, event_id)
            return True
        if version == last and event_id != last_id:
            self.log.faults["versions"] += 1
        return False

    def _look_inside(self, record: ConsumerRecord[Any, Any], name: str, key: str) -> None:
        log = self.log
        declared = self._topics[record.topic]
        if name not in _READ_BODIES and declared.key == "application_id":
            return
        body = json.loads(record.value or b"{}")
        if body.get(declared.key) != key:
            log.faults["keys"] += 1
        if name in ("DocumentPrinted", "BlankSpoiled") and body["serial"]:
            log.serials[body["serial"]] += 1
        elif name == "DeliveryAttempted":
            log.visits[body["outcome"]] += 1
        elif name == "BlanksReceived":
            log.blanks_received += body["quantity"]


_READ_BODIES = frozenset({"DocumentPrinted", "BlankSpoiled", "DeliveryAttempted", "BlanksReceived"})
"""Reading every body would triple the time of a large demonstration."""
