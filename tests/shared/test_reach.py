"""How far a group has read, asked of a real log."""

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared import topics
from shared.reach import ask
from tests.platform import Platform

GROUP = "reach-of-tests"
STOCK = TopicPartition("printing.blank-stock.v1", 0)


async def commit(platform: Platform, offset: int) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=platform.bootstrap, group_id=GROUP, enable_auto_commit=False)
    await consumer.start()
    consumer.assign([STOCK])
    await consumer.commit({STOCK: offset})
    await consumer.stop()


async def test_the_log_tells_where_it_ends_and_how_far_a_group_has_committed(platform: Platform) -> None:
    await topics.apply(platform.bootstrap)
    await commit(platform, 0)
    producer = AIOKafkaProducer(bootstrap_servers=platform.bootstrap)
    await producer.start()
    await producer.send_and_wait(STOCK.topic, b"x", partition=STOCK.partition)
    await producer.stop()
    ends, done = await ask(platform.bootstrap, GROUP, [STOCK.topic])
    assert done.keys() == ends.keys()
    assert done[STOCK] < ends[STOCK]
    await commit(platform, ends[STOCK])
    ends, done = await ask(platform.bootstrap, GROUP, [STOCK.topic])
    assert done[STOCK] == ends[STOCK]


async def test_a_group_that_nobody_knows_has_read_nothing(platform: Platform) -> None:
    await topics.apply(platform.bootstrap)
    await commit(platform, 0)
    _, done = await ask(platform.bootstrap, "never-seen", [STOCK.topic])
    assert set(done.values()) == {0}
