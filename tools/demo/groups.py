"""Asks the broker which topics each service listens to, so that nobody waits for a reader who is not there."""

from collections.abc import Iterable, Mapping

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata

Subscriptions = Mapping[str, frozenset[str]]


async def subscriptions(bootstrap: str, groups: Iterable[str]) -> Subscriptions:
    """The topics that the living members of each consumer group have subscribed to."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return {group: await _topics(admin, group) for group in groups}
    finally:
        await admin.close()


async def _topics(admin: AIOKafkaAdminClient, group: str) -> frozenset[str]:
    answers = await admin.describe_consumer_groups([group])
    members = [member for answer in answers for described in answer.groups for member in described[5]]
    subscribed = (ConsumerProtocolMemberMetadata.decode(member[3]).subscription for member in members)
    return frozenset(topic for topics in subscribed for topic in topics)
