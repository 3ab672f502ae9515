"""What the services believe and what the log says, laid side by side: the material of the comparison."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

Ids = frozenset[str]
"""Application ids, as text."""


@dataclass(frozen=True, slots=True)
class Stock:
    """The blanks of one kind at one site, as printing counts them."""

    stock_id: str
    received: int
    transferred_in: int
    in_stock: int
    reserved: int
    printed: int
    spoiled: int
    transferred_out: int
    missing: int


@dataclass(frozen=True, slots=True)
class Books:
    """The four databases after everything has come to rest.

    `printed` are documents that exist or existed, `on_blank` those of them on a blank. `serials` are the blanks that
    are gone: printed and spoiled. `visits` counts fruitless visits by outcome. `messages` counts (milestone, state).
    """

    taken: Ids
    cleared: Ids
    cancelled: Ids
    closed: Ids
    orders: Ids
    printed: Ids
    on_blank: Ids
    deliveries: Ids
    assigned: Ids
    delivered: Ids
    returned: Ids
    serials: Counter[str]
    visits: Counter[str]
    messages: Counter[tuple[str, str]]
    stocks: tuple[Stock, ...]
    application_states: Mapping[str, int]
    order_states: Mapping[str, int]
    delivery_states: Mapping[str, int]
    holders: Mapping[str, int]
    unsent: Mapping[str, int]
    parked: Mapping[str, int]


@dataclass(slots=True)
class Log:
    """All topics from the beginning, each event counted once however often it stands there.

    `keys` are the aggregates by event type. `faults` counts by sentence: a missing header, a wrong key, a gap.
    `events` counts (topic, type). `blanks_received` and `serials` come from the events' bodies.
    """

    events: Counter[tuple[str, str]] = field(default_factory=Counter)
    keys: dict[str, set[str]] = field(default_factory=dict)
    serials: Counter[str] = field(default_factory=Counter)
    visits: Counter[str] = field(default_factory=Counter)
    blanks_received: int = 0
    records: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def of(self, *types: str) -> Ids:
        """The aggregates that have at least one event of these types."""
        return frozenset().union(*(self.keys.get(name, ()) for name in types))

    def count(self, *types: str) -> int:
        """How many events of these types there are."""
        return sum(n for (_, name), n in self.events.items() if name in types)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the script says must have happened, whatever the timing."""

    taken: int
    refused: Counter[str]
    cancelled: int
    cleared: int
    delivery_states: Counter[str]
    visits: Counter[str]


@dataclass(frozen=True, slots=True)
class Told:
    """What the doors answered: refusals by code as the import's report lists them."""

    refused: Counter[str]
