"""What the broker has that is not made from topics.yaml anew: records, and how far each group has read."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

import stamina
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaError

from shared.events.catalogue import Topic
from shared.events.cloudevents import Incoming, UnreadableError, read
from shared.kafka import client
from shared.reach import committed_by
from tools.access.rules import AGENCY, readers
from tools.backup.cut import Aggregate
from tools.errors import PlatformError

Ends = Mapping[TopicPartition, int]
Said = Callable[[Iterable[Aggregate]], Awaitable[Mapping[Aggregate, int]]]
"""Asks the writer of a topic for the last version, in the cut, of each aggregate."""
Committed = dict[str, list[tuple[str, int, int]]]
"""By group: topic, partition, and the offset that it reads next."""

_PATIENCE_MS: Final = 30_000
_COORDINATOR_SECONDS: Final = 60
"""A new broker makes what it needs for groups when it is first asked for one."""
_POLL: Final = 5000


class Log:
    """The topics of a broker, as its administrator reads them."""

    def __init__(self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> None:
        self._consumer = consumer
        self._admin = admin

    async def ends(self, topics: Iterable[Topic]) -> Ends:
        """Behind the last record of each partition.

        Raises:
            PlatformError: a topic is not there, or not with the partitions that are declared.
        """
        declared = list(topics)
        there = await self._admin.list_topics()
        for topic in declared:
            if topic.name not in there:
                raise PlatformError(f"The broker has no topic {topic.name}: run `docker compose run --rm access`.")
        for of in await self._admin.describe_topics([topic.name for topic in declared]):
            wanted = next(topic.partitions for topic in declared if topic.name == of["topic"])
            if len(of["partitions"]) != wanted:
                raise PlatformError(f"{of['topic']} has {len(of['partitions'])} partitions, not {wanted} as declared.")
        ends: Ends = await self._consumer.end_offsets([at for topic in declared for at in _partitions(topic)])
        return ends

    async def records(
        self, topic: Topic, certain: Ends, ends: Ends, said: Said
    ) -> AsyncGenerator[list[ConsumerRecord], None]:
        """The records that belong to the cut, each partition's in order.

        `certain` are ends from before the cut: all up to them was said in it. `ends` are from behind it; up to them
        stands all that was said in the cut and sent, and what was said and sent since, which is left out.

        Raises:
            PlatformError: the broker gives no more, though there is.
        """
        partitions = [at for at in _partitions(topic) if ends[at]]
        if not partitions:
            return
        self._consumer.assign(partitions)
        await self._consumer.seek_to_beginning(*partitions)
        while behind := [at for at in partitions if await self._consumer.position(at) < ends[at]]:
            polled = await self._consumer.getmany(*behind, timeout_ms=_PATIENCE_MS, max_records=_POLL)
            if not polled:
                raise PlatformError(f"The broker gave no more records of {topic.name}, though there are.")
            for at, records in polled.items():
                yield await kept([record for record in records if record.offset < ends[at]], certain[at], said)

    async def committed(self, topics: Iterable[Topic]) -> Committed:
        """How far each group, ours or an agency's, has read of these topics; nothing of others, or who never began."""
        ours = {topic.name for topic in topics}
        committed: Committed = {}
        for group in sorted({group for group, *_ in await self._admin.list_consumer_groups() if _known(group)}):
            found = await committed_by(self._admin, group)
            if its := [(at.topic, at.partition, offset) for at, offset in found.items() if at.topic in ours]:
                committed[group] = its
        return committed

    async def readers(self, groups: Iterable[str]) -> list[str]:
        """Those of the groups in which somebody reads now."""
        return [group for group in groups if await self._members(group)]

    @stamina.retry(on=GroupCoordinatorNotAvailableError, attempts=None, timeout=_COORDINATOR_SECONDS, wait_max=1)
    async def _members(self, group: str) -> bool:
        # One group a question: the client cannot read an answer about several.
        (answer,) = await self._admin.describe_consumer_groups([group])
        (described,) = answer.to_object()["groups"]
        return bool(described["members"])


async def kept(records: Sequence[ConsumerRecord], certain: int, said: Said) -> list[ConsumerRecord]:
    """Records of a partition without those that their writer, in the cut, had not said yet.

    What cannot be read was said by none of ours; it stays where it is.
    """
    asked = {record.offset: incoming for record in records if record.offset >= certain and (incoming := _read(record))}
    if not asked:
        return list(records)
    last = await said({incoming.aggregate for incoming in asked.values()})
    later = {offset for offset, incoming in asked.items() if incoming.version > last.get(incoming.aggregate, 0)}
    return [record for record in records if record.offset not in later]


@asynccontextmanager
async def log(address: str) -> AsyncIterator[Log]:
    """The log of the broker at `address`, which is to know us as its administrator.

    Raises:
        PlatformError: it does not answer.
    """
    consumer = AIOKafkaConsumer(
        **client(address),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 << 20,
        client_id="antar-backup",
    )
    admin = AIOKafkaAdminClient(**client(address), client_id="antar-backup")
    try:
        await consumer.start()
        await admin.start()
        yield Log(consumer, admin)
    except (KafkaError, OSError, TimeoutError) as failure:
        raise PlatformError(f"The broker does not answer, or refuses ({type(failure).__name__}).") from None
    finally:
        await asyncio.gather(consumer.stop(), admin.close(), return_exceptions=True)


async def commit(address: str, group: str, offsets: Mapping[TopicPartition, int]) -> None:
    """From there the group reads on, or from the beginning where nothing is said; nobody may be in it now."""
    if not offsets:  # the client refuses to commit nothing
        return
    consumer = AIOKafkaConsumer(**client(address), group_id=group, enable_auto_commit=False, client_id="antar-backup")
    await consumer.start()
    try:
        consumer.assign(list(offsets))
        await consumer.commit(dict(offsets))
    finally:
        await consumer.stop()


def _known(group: str) -> bool:
    return group in readers() or group.startswith(AGENCY)


def _partitions(topic: Topic) -> list[TopicPartition]:
    return [TopicPartition(topic.name, number) for number in range(topic.partitions)]


def _read(record: ConsumerRecord) -> Incoming | None:
    try:
        return read(record)
    except UnreadableError:
        return None
