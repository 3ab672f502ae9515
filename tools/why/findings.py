"""What is found about one application, before anybody judges it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from shared.events.catalogue import topics


class Standing(NamedTuple):
    """Where the application stands in one service, by the service's own view `why`."""

    state: str
    since: datetime | None
    waits_for: str | None
    details: Mapping[str, Any]


class Outbox(NamedTuple):
    """Everything that a service has not sent yet."""

    facts: int
    oldest: datetime | None


NOTHING_TO_SEND = Outbox(0, None)


@dataclass(frozen=True)
class Part:
    """What one service's database says. `said`, `unsent` (the first version) and `applied` are by topic."""

    standing: Standing | None = None
    parked: Sequence[Mapping[str, Any]] = ()
    said: Mapping[str, int] = field(default_factory=dict)
    unsent: Mapping[str, int] = field(default_factory=dict)
    applied: Mapping[str, int] = field(default_factory=dict)
    stopped: Mapping[str, datetime] = field(default_factory=dict)
    outbox: Outbox = NOTHING_TO_SEND
    runs: bool = True
    """Whether a process of the service is connected to its database."""

    @property
    def knows(self) -> bool:
        """Whether it has anything about the application."""
        return bool(self.standing or self.parked or self.said or self.applied)


class Link(NamedTuple):
    """One topic on its way from the writer to one reader; `lag` None where the broker was not asked or is silent."""

    topic: str
    reader: str
    on_log: int
    applied: int
    lag: int | None

    @property
    def behind(self) -> bool:
        """Whether something that is on the log has not been applied."""
        return self.applied < self.on_log


@dataclass(frozen=True)
class Findings:
    """All there is to know now. `silent` says of services, `broker_silent` of the broker, why they were not heard.

    `lags` are the events that a group has still to read on the application's partition, by group and topic.
    """

    key: str
    now: datetime
    parts: Mapping[str, Part]
    silent: Mapping[str, str]
    lags: Mapping[str, Mapping[str, int]] | None
    broker_silent: str | None = None
    broker_asked: bool = True
    where: str = ""
    """What a command that is proposed needs to find the same deployment."""

    def said(self, topic: str) -> int | None:
        """The last version that the topic's writer said; None when its database was not heard."""
        part = self.parts.get(topics()[topic].owner)
        return None if part is None else part.said.get(topic, 0)

    def on_log(self, topic: str) -> int:
        """The last version that must be on the log: said and sent, or else what some reader has applied."""
        part = self.parts.get(topics()[topic].owner)
        if part is None:
            return max((p.applied.get(topic, 0) for p in self.parts.values()), default=0)
        return part.unsent.get(topic, part.said.get(topic, 0) + 1) - 1

    def links(self) -> Iterator[Link]:
        """Each topic to each of its readers that was heard, in the order of the catalogue."""
        for name, topic in topics().items():
            for reader in topic.readers:
                if reader in self.parts:
                    lag = None if self.lags is None else self.lags.get(reader, {}).get(name)
                    yield Link(name, reader, self.on_log(name), self.parts[reader].applied.get(name, 0), lag)
