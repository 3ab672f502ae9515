"""Topics are made as soon as the broker can make them."""

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import NodeNotReadyError

from shared.topics import apply, missing
from tests.platform import Platform


async def test_a_broker_that_has_just_begun_to_listen_is_asked_again(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = 0, AIOKafkaAdminClient.list_topics

    async def not_at_first(admin: AIOKafkaAdminClient) -> list[str]:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise NodeNotReadyError
        return await answer(admin)

    monkeypatch.setattr(AIOKafkaAdminClient, "list_topics", not_at_first)
    await apply(platform.bootstrap)
    assert asked == 2
    assert await missing(platform.bootstrap) == []
