"""Asks the broker which topics each service listens to, so that nobody waits for a reader who is not there."""

from collections.abc import Iterable, Mapping

import stamina
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata

from shared.kafka import client
from tools.demo.doors import PATIENCE

Subscriptions = Mapping[str, frozenset[str]]


class NobodyListens(Exception):
    """The group has no member at this moment."""


async def subscriptions(bootstrap: str, groups: Iterable[str]) -> Subscriptions:
    """The topics that the living members of each consumer group have subscribed to."""
    admin = AIOKafkaAdminClient(**client(bootstrap))
    await admin.start()
    try:
        return {group: await _topics(admin, group) for group in groups}
    finally:
        await admin.close()


@stamina.retry(on=NobodyListens, attempts=None, timeout=PATIENCE, wait_max=1)
async def _topics(admin: AIOKafkaAdminClient, group: str) -> frozenset[str]:
    found: set[str] = set()
    for answer in await admin.describe_consumer_groups([group]):
        for member in answer.to_object()["groups"][0]["members"]:
            found.update(ConsumerProtocolMemberMetadata.decode(member["member_metadata"]).subscription)
    if not found:
        raise NobodyListens(group)
    return frozenset(found)
