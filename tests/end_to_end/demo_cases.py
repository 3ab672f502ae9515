"""A small demonstration for tests: how it is run, and what an outsider does with its platform."""

import asyncio
import csv
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from tools import status
from tools.demo.run import Demonstration, Options
from tools.demo.story import Story

SMALL = Options(applications=240, rw=112, seed=7, blanks=80, second_lot=120)
PUBLIC = (
    "intake.application.v1",
    "printing.print-order.v1",
    "printing.blank-stock.v1",
    "dispatch.delivery.v1",
    "notify.message.v1",
)
RESTRICTED = "intake.recipient.v1"

Watch = Callable[[str, int], None]


def begun(data: Path, watch: Watch = lambda _phase, _done: None) -> Demonstration:
    """A demonstration whose platform runs; whoever asks for it stops it."""
    demonstration = Demonstration(SMALL, data, Story(watch=watch))
    try:
        demonstration.start()
    except BaseException:
        demonstration.stop()
        raise
    return demonstration


def command(*options: str) -> list[str]:
    """`antar demo` of the small size."""
    sizes = {
        "--applications": SMALL.applications,
        "--rw": SMALL.rw,
        "--seed": SMALL.seed,
        "--blanks": SMALL.blanks,
        "--second-lot": SMALL.second_lot,
    }
    return [sys.executable, "-m", "tools.cli", "demo", *(str(p) for pair in sizes.items() for p in pair), *options]


def records(bootstrap: str, *topics: str) -> list[ConsumerRecord[Any, Any]]:
    """All records of these topics, each partition's in order, as a stranger's plain client reads them."""
    return asyncio.run(_records(bootstrap, topics))


async def _records(bootstrap: str, topics: Iterable[str]) -> list[ConsumerRecord[Any, Any]]:
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(
            [TopicPartition(t, n) for t in topics for n in consumer.partitions_for_topic(t)]
        )
        found: list[ConsumerRecord[Any, Any]] = []
        while len(found) < sum(ends.values()):
            polled = await consumer.getmany(timeout_ms=5000)
            assert polled, "the broker gives fewer records than the topics have"
            found += [record for of_one in polled.values() for record in of_one]
        return found
    finally:
        await consumer.stop()


def send_again(bootstrap: str, copies: Iterable[ConsumerRecord[Any, Any]]) -> None:
    """Puts a copy of each record behind the last one of its partition, as a relay does that lost its acknowledgements."""

    async def produce() -> None:
        async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
            for copy in copies:
                await producer.send(copy.topic, copy.value, copy.key, copy.partition, headers=list(copy.headers))
            await producer.flush()

    asyncio.run(produce())


def wait_until_read(data: Path, patience: float = 60) -> None:
    """Until every service has read all there is, as `antar status` shows it."""
    deadline = time.monotonic() + patience
    while any(part.lag or part.outbox for part in status.collect(data).values()):
        assert time.monotonic() < deadline, "the services do not come to an end of what there is to read"


def personal_data(sample: Path) -> set[str]:
    """Everything in a sample by which a person could be known, in capitals."""
    words: set[str] = set()
    for name in ("permohonan.csv", "loket.csv", "tkk.csv", "tkk-susulan.csv"):
        for row in _rows(sample / name):
            words |= {
                row.get("nik", ""),
                row.get("nomor_kk", ""),
                row["nama"],
                row.get("alamat", ""),
                row.get("email", ""),
            }
            words.add(_local_number(row.get("no_hp") or row.get("hp") or ""))
    words |= {row["new_address"] for row in _rows(sample / "script.csv")}
    return {word.strip().upper() for word in words if len(word.strip()) > 6}


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _local_number(written: str) -> str:
    digits = "".join(c for c in written if c.isdigit())
    return digits.removeprefix("62").removeprefix("0")
