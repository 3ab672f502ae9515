"""Where records stand on a log that was written anew: what had been compacted away or deleted leaves no gaps there."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

Partition = tuple[str, int]
"""(topic, number)"""


class Now(NamedTuple):
    """The offset; `there` is whether the record itself stands at it, or the next one that was kept."""

    offset: int
    there: bool


class Places:
    """Follows the records as they are put back, and remembers those offsets by which something is known."""

    def __init__(self, wanted: Iterable[tuple[str, int, int]]) -> None:
        """`wanted` are topic, partition and offset on the former log."""
        collected: defaultdict[Partition, set[int]] = defaultdict(set)
        for topic, partition, offset in wanted:
            collected[topic, partition].add(offset)
        self._waiting = {partition: sorted(offsets) for partition, offsets in collected.items()}
        self._found: dict[tuple[Partition, int], Now] = {}
        self._count: Counter[Partition] = Counter()

    def put_back(self, topic: str, partition: int, offset: int) -> None:
        """The next record of a partition, which stood at `offset`."""
        at = topic, partition
        if waiting := self._waiting.get(at):
            passed = bisect_left(waiting, offset + 1)
            for former in waiting[:passed]:
                self._found[at, former] = Now(self._count[at], former == offset)
            del waiting[:passed]
        self._count[at] += 1

    def now(self, topic: str, partition: int, offset: int) -> Now:
        """Where a wanted one is, once all are put back."""
        at = topic, partition
        return self._found.get((at, offset), Now(self._count[at], there=False))
