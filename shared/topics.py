"""Creates the topics that topics.yaml declares, and those for copies of what was set aside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import stamina
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import NodeNotReadyError, TopicAlreadyExistsError, for_code

from shared.events.catalogue import Topic, every_topic
from shared.kafka import client

START_SECONDS: Final = 30.0
_DAY_MS: Final = 24 * 3600 * 1000

FORGETTING: Final = {
    # However little is written: what was replaced or erased is taken out once its segment is a day old. A segment ends
    # with the first record after that day, so a partition in which nothing is written keeps its last values until then.
    "max.compaction.lag.ms": str(_DAY_MS),
    "min.cleanable.dirty.ratio": "0.1",
    # An erasure stays on the log for whoever reads it within a month, to erase as well.
    "delete.retention.ms": str(30 * _DAY_MS),
}
"""How a compacted topic forgets: it may hold personal data, and forgetting must not depend on how much is written."""


# For some moments one that has just begun to listen does not name itself.
@stamina.retry(on=NodeNotReadyError, attempts=None, timeout=START_SECONDS, wait_max=1)
async def apply(bootstrap: str) -> list[str]:
    """Create the declared topics that are missing; leaves the others as they are.

    Returns:
        The names of those created.

    Raises:
        KafkaError: the cluster is out of reach or refuses.
    """
    async with _administering(bootstrap) as admin:
        lacking = await _missing(admin)
        answer = await admin.create_topics([_new(topic) for topic in lacking]) if lacking else None
    for _, code, *_ in answer.topic_errors if answer else ():
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:  # two appliers at once: either may win
            raise error
    return [topic.name for topic in lacking]


async def missing(bootstrap: str) -> list[str]:
    """The names of those that `apply` would create; raises as it does."""
    async with _administering(bootstrap) as admin:
        return [topic.name for topic in await _missing(admin)]


@asynccontextmanager
async def _administering(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**client(bootstrap))
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def _missing(admin: AIOKafkaAdminClient) -> list[Topic]:
    existing = set(await admin.list_topics())
    return [topic for name, topic in every_topic().items() if name not in existing]


def _new(topic: Topic) -> NewTopic:
    settings = {
        "cleanup.policy": topic.cleanup,
        "retention.ms": "-1" if topic.retention == "forever" else topic.retention,
        **(FORGETTING if topic.cleanup == "compact" else {}),
    }
    return NewTopic(
        topic.name,
        num_partitions=topic.partitions,
        replication_factor=-1,  # as the cluster's operator decided
        replica_assignments={},  # aiokafka takes -1 only beside it
        topic_configs=settings,
    )
