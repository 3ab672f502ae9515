"""One topic as its log tells it: which event came first under each version, and what broke the order of versions."""

from collections.abc import Iterable, Iterator, Mapping, Set

from shared.events.catalogue import Topic, every_topic
from tests.chaos.evidence import Entry, Evidence, Place
from tests.chaos.verdict import Offender

Injections = Mapping[Place, frozenset[str]]
"""Who refuses each record that the run put on the log itself."""


def text(key: bytes | None) -> str:
    """A key as it is shown."""
    return "(no key)" if key is None else key.decode(errors="replace")


def readable(entry: Entry) -> bool:
    """Whether its envelope was one of ours."""
    return entry.event_id is not None


class History:
    """Repeats of an event are allowed and kept apart; the first one of each version makes the history.

    `versions`: the entry of each version by key, in the order of their coming; what could not be read is not among them. `repeats`: (first, again).
    `strangers`: true records that are not ours to read. `injected`: the run's own records among all of these.
    """

    def __init__(self, topic: Topic, entries: Iterable[Entry], injections: Injections) -> None:
        self.topic = topic
        self.versions: dict[str, dict[int, Entry]] = {}
        self.repeats: list[tuple[Entry, Entry]] = []
        self.strangers: list[Entry] = []
        self.injected: list[tuple[Entry, frozenset[str]]] = []
        self.disorder: dict[str, Offender] = {}
        self.rewritten: list[Offender] = []
        self.astray: list[Offender] = []
        self._injections = injections
        for entry in entries:
            self._take(entry)

    def true_entries(self) -> Iterator[tuple[str, int, Entry]]:
        """(key, version, entry) of each event that a service wrote, counted once."""
        for key, versions in self.versions.items():
            for version, entry in versions.items():
                if not self.is_injected(entry):
                    yield key, version, entry

    def is_injected(self, entry: Entry) -> bool:
        """Whether the run put this very record there."""
        return entry[:3] in self._injections

    def _take(self, entry: Entry) -> None:
        injected = self.is_injected(entry)
        if injected:
            self.injected.append((entry, self._injections[entry.place]))
        elif not readable(entry):
            self.strangers.append(entry)
        if entry.version is None or not readable(entry):
            return
        key, version = text(entry.key), entry.version
        versions = self.versions.setdefault(key, {})
        before = versions.get(version)
        if before is None:
            if not injected:
                self._watch_order(key, version, entry.partition, versions)
            versions[version] = entry
        else:
            self.repeats.append((before, entry))
            if before.event_id != entry.event_id:
                self.rewritten.append(Offender(key, version, f"version {version} is two different events"))

    def _watch_order(self, key: str, version: int, partition: int, versions: dict[int, Entry]) -> None:
        last = next(reversed(versions), 0)  # the highest, as long as all came in order
        if versions and versions[last].partition != partition:
            self.astray.append(Offender(key, version, "it stands in two partitions, so its order is lost"))
        in_order = version == last + 1 if self.topic.kind == "facts" else version > last
        if not in_order:
            self.disorder.setdefault(key, Offender(key, version, f"version {version} came after version {last}"))


def histories(evidence: Evidence) -> Iterator[History]:
    """One after another, so that no more than one topic is laid out at a time."""
    injections = {one.place: one.refused_by for one in evidence.injected}
    by_topic: dict[str, list[Entry]] = {name: [] for name in every_topic()}
    for entry in evidence.log:
        by_topic[entry.topic].append(entry)
    for name, entries in by_topic.items():
        yield History(every_topic()[name], entries, injections)


def reach(history: History, key: str, refused: Set[Place]) -> int:
    """How far a reader comes with this aggregate when it refuses those records: the position that it must have."""
    taken = {version for version, entry in history.versions.get(key, {}).items() if entry[:3] not in refused}
    if history.topic.kind == "state":
        return max(taken, default=0)
    version = 0
    while version + 1 in taken:
        version += 1
    return version
