"""One moment of an installation: what was said in it, what was sent of that, what was heard."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import ConsumerRecord

from shared.events.catalogue import Topic
from tools.backup.cut import Aggregate, Snapshot, cut
from tools.backup.log import Committed, Ends, Log


@dataclass(frozen=True)
class Moment:
    """Databases as they were then, by service; how far each group had read; what the topics had before and after."""

    at: datetime
    snapshots: Mapping[str, Snapshot]
    committed: Committed
    certain: Ends
    ends: Ends

    async def sent(self, log: Log, topic: Topic) -> AsyncGenerator[list[ConsumerRecord], None]:
        """What stood on the topic then, each partition's in order; what was said and is missing is still to be sent."""
        writer = self.snapshots.get(topic.owner)
        # Whoever has no database here has no part in it: all that it sent counts.
        certain, said = (self.certain, writer.said) if writer else (self.ends, _nothing)
        async for records in log.records(topic, certain, self.ends, said):
            yield records


@asynccontextmanager
async def moment(log: Log, services: Mapping[str, str], topics: Sequence[Topic]) -> AsyncIterator[Moment]:
    """A moment of now, for as long as the context lasts.

    Raises:
        PlatformError: a server does not answer, or the databases do not come to rest.
    """
    # In this order. What a group had committed before, was applied; what stood on the log before, was said; what was
    # said and is not in an outbox any more, stands on the log after.
    committed = await log.committed(topics)
    certain = await log.ends(topics)
    async with cut(services) as snapshots:
        yield Moment(datetime.now(UTC), snapshots, committed, certain, await log.ends(topics))


async def _nothing(_aggregates: Iterable[Aggregate]) -> dict[Aggregate, int]:
    raise AssertionError("nothing is in doubt up to the end")
