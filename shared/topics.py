"""Creates the topics that topics.yaml declares, and those for copies of what was set aside."""

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared.events.catalogue import Topic, every_topic


async def apply(bootstrap: str) -> list[str]:
    """Create the declared topics that are missing; leaves the others as they are.

    Returns:
        The names of those created.

    Raises:
        KafkaError: the cluster is out of reach or refuses.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        missing = [topic for name, topic in every_topic().items() if name not in existing]
        answer = await admin.create_topics([_new(topic) for topic in missing]) if missing else None
    finally:
        await admin.close()
    for _, code, *_ in answer.topic_errors if answer else ():
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:  # two appliers at once: either may win
            raise error
    return [topic.name for topic in missing]


def _new(topic: Topic) -> NewTopic:
    retention = "-1" if topic.retention == "forever" else topic.retention
    return NewTopic(
        topic.name,
        num_partitions=topic.partitions,
        replication_factor=-1,  # as the cluster's operator decided
        replica_assignments={},  # aiokafka takes -1 only beside it
        topic_configs={"cleanup.policy": topic.cleanup, "retention.ms": retention},
    )
