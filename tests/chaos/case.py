"""A case of evidence that can be doctored: records as they stand on the log, and what the databases say beside them."""

import itertools
from collections import defaultdict
from dataclasses import dataclass, field, replace

from shared.events.base import Event
from shared.events.catalogue import every_topic, topics
from tests.chaos.evidence import City, Evidence, Injected, Life, Parked, Place, Recovery, ServiceBooks
from tests.chaos.scribe import Scribe
from tests.chaos.search import Searcher
from tests.harness import Log, Logged

SERVICES = ("intake", "printing", "dispatch", "notify")

Versions = dict[str, dict[str, int]]


@dataclass
class Case:
    """Change what you like, then ask for `evidence`. `city.log` is made anew of the records."""

    city: City
    recovery: Recovery
    lives: list[Life]
    canaries: tuple[str, ...]
    records: list[Logged] = field(default_factory=list)
    injected: dict[Place, frozenset[str]] = field(default_factory=dict)
    said: dict[str, Versions] = field(default_factory=lambda: {name: defaultdict(dict) for name in SERVICES})
    heard: dict[str, Versions] = field(default_factory=lambda: {name: defaultdict(dict) for name in SERVICES})
    unsent: dict[str, set[tuple[str, str, int]]] = field(default_factory=lambda: defaultdict(set))
    parked: dict[str, list[Parked]] = field(default_factory=lambda: defaultdict(list))
    stopped: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    texts: dict[str, str] = field(default_factory=dict)
    _offsets: "itertools.count[int]" = field(default_factory=lambda: itertools.count(10_000))

    def index(self, topic: str, key: str | None, version: int) -> int:
        """Where among the records this event stands first."""
        for n, record in enumerate(self.records):
            if record.topic == topic and record.key == (key and key.encode()) and sequence(record) == version:
                return n
        raise KeyError(key)

    def take_out(self, topic: str, key: str, version: int) -> Logged:
        """Remove one record from the log."""
        return self.records.pop(self.index(topic, key, version))

    def put(self, record: Logged) -> Place:
        """Append a record at the end of its partition."""
        moved = replace(record, offset=next(self._offsets))
        self.records.append(moved)
        return Place(moved.topic, moved.partition, moved.offset)

    def again(self, topic: str, key: str, version: int) -> Place:
        """Append a copy of a record, as a relay does that lost its acknowledgement."""
        return self.put(self.records[self.index(topic, key, version)])

    def announce(self, event: Event) -> None:
        """One more event that everyone has heard of, rightly or not."""
        topic, key = event.stream.topic, event.key
        version = self.said[event.stream.declaration.owner][topic].get(key, 0) + 1
        self.put(Log().record(event, version))
        self.said[event.stream.declaration.owner][topic][key] = version
        self.hear(topic, key, version)

    def hear(self, topic: str, key: str, version: int) -> None:
        """All readers of the topic that run here have come so far."""
        for reader in self.heard.keys() & set(topics()[topic].readers):
            self.heard[reader][topic][key] = version

    def evidence(self) -> Evidence:
        """As the collector would hand it in."""
        searcher = Searcher(self.canaries)
        scribe = Scribe(self.injected, searcher)
        for name in every_topic():
            own = [record for record in self.records if record.topic == name]
            for partition in sorted({record.partition for record in own}):
                scribe.take([record for record in own if record.partition == partition])
        for place, content in self.texts.items():
            searcher.read(place, content)
        return Evidence(
            log=scribe.entries,
            services={name: self._service_books(name) for name in SERVICES},
            injected=[Injected(place, refused_by) for place, refused_by in self.injected.items()],
            city=replace(self.city, log=scribe.log),
            lives=self.lives,
            recovery=self.recovery,
            search=searcher.result(),
        )

    def _service_books(self, name: str) -> ServiceBooks:
        unsent, parked, stopped = frozenset(self.unsent[name]), self.parked[name], self.stopped[name]
        return ServiceBooks(self.said[name], unsent, self.heard[name], parked, stopped)


def sequence(record: Logged) -> int | None:
    """The version in a record's headers."""
    text = dict(record.headers).get("ce_sequence")
    return None if text is None else int(text)
