"""Our partitioner agrees with the one every Kafka client has."""

from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from shared.events.partitions import partition_of


@given(st.binary(max_size=64), st.integers(1, 50))
def test_a_key_goes_to_the_partition_that_any_other_client_would_choose(key: bytes, partitions: int) -> None:
    assert partition_of(key, partitions) == (murmur2(key) & 0x7FFFFFFF) % partitions
