"""What a run leaves behind for the checker: the log, the databases, the lives of the processes, the search for people.

The runner keeps a `Run` while it works; `collect.collect` adds what the platform itself says and returns `Evidence`.
Whatever is None was not looked at, and the checker says so instead of calling it good.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tools.demo.books import Books, Log


class Place(NamedTuple):
    """Where a record stands on the log."""

    topic: str
    partition: int
    offset: int


class Entry(NamedTuple):
    """A record of the log without its value; None is what could not be read of its envelope.

    `event_id` are the 16 bytes of the UUID. `detail` is what in the value tells one effect from another: the serial of
    a print or a spoiled blank, the milestone of a message, the first serial of a lot. Empty for all other types.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    version: int | None
    event_id: bytes | None
    type: str | None
    detail: str = ""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.topic, self.partition, self.offset)


@dataclass(frozen=True, slots=True)
class Injected:
    """A record that the run itself put on the log: poison, a follower of poison, or a copy of a true record.

    `refused_by` names the services that still hold it as refused when the run ends: all readers of the topic for a
    broken envelope, those with a handler of its type for a broken body, nobody for a copy, for a follower, or where an
    operator dropped it. What queues behind it is for the checker to find out.

    Poison with a key belongs on a key of the run's own: on an application's key it would rightly hold up that
    application, and the comparison of the four databases would call that a loss.
    """

    place: Place
    refused_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Life:
    """One process of a service, from its start to its end.

    `signal` is what the run sent to end it; None where it ended by itself or still runs (then `exit_code` is None).
    A death by signal has the signal's negative number as its code. `seconds` is the time from signal to end.
    `ends` are the end offsets by (topic, partition) of the topics that the service writes, read between the end of this
    process and the start of the next. Leave it None where a fault was at work between signal and end: what was sent
    into a dead broker has an unknown fate and is rightly sent again.
    """

    service: str
    signal: Literal["TERM", "KILL"] | None = None
    exit_code: int | None = None
    seconds: float = 0.0
    ends: Mapping[tuple[str, int], int] | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A look at what is left, by service: events to read (offsets), facts to send (rows). `at` in seconds."""

    at: float
    lag: Mapping[str, int]
    outbox: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Recovery:
    """The time after the last fault healed. All times on one monotonic clock; samples in the order of time."""

    healed_at: float
    samples: Sequence[Sample]


@dataclass(frozen=True, slots=True)
class Run:
    """What only the runner knows.

    `canaries` are the words by which a person of this run could be known: NIKs, family card numbers, names, addresses,
    phones (digits after the 0 or +62, so that every spelling is found), e-mail addresses. At least 7 characters each.
    """

    injected: Sequence[Injected] = ()
    lives: Sequence[Life] | None = None
    recovery: Recovery | None = None
    canaries: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Parked:
    """A row of a parking table."""

    place: Place
    key: str | None
    version: int | None
    code: str


@dataclass(frozen=True, slots=True)
class ServiceBooks:
    """What one service's database says of messages.

    `said`: the last version announced, by topic and key. `unsent`: (topic, key, version) in the outbox.
    `heard`: the last version applied, by topic and key. `stopped`: streams whose writer came back with another history,
    as (topic, key).
    """

    said: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    unsent: frozenset[tuple[str, str, int]] = frozenset()
    heard: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    parked: Sequence[Parked] = ()
    stopped: Sequence[tuple[str, str]] = ()


class Used(NamedTuple):
    """A blank that is gone, by printing's ledger: `movement` is PRINTED or SPOILED."""

    serial: str
    application: str
    movement: str


@dataclass(frozen=True, slots=True)
class City:
    """The domain side: the books of the four services, and the topics as the demonstration reads them.

    `used` are the rows of the ledger that took a blank. `pressed` are (application, serial) of the blanks that went
    through the printer, spoiled ones too, by the device's own memory. `live` names the person (an opaque hash with the
    kind of document) of each application that has not ended. `told` counts notify's messages of an application by
    milestone.
    """

    books: Books
    log: Log
    used: Sequence[Used] = ()
    pressed: Sequence[tuple[str, str]] = ()
    live: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """A canary where it must not be: its number in the run's list, never the word itself."""

    place: str
    canary: int


@dataclass(frozen=True, slots=True)
class Search:
    """The search for canaries. `places` are the bytes read by place (a topic, a log file, metrics of a service).

    `recognised` counts canaries met on the restricted topic, where they may be: a search that meets nobody even there
    is blind.
    """

    places: Mapping[str, int]
    findings: Sequence[Finding] = ()
    recognised: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the checker looks at. `log` holds each partition in the order of its offsets."""

    log: Sequence[Entry]
    services: Mapping[str, ServiceBooks]
    injected: Sequence[Injected] = ()
    city: City | None = None
    lives: Sequence[Life] | None = None
    recovery: Recovery | None = None
    search: Search | None = None
