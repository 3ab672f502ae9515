"""What a hostile or broken writer puts on a topic: one recipe for each kind of poison, and who will refuse it."""

import importlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import NamedTuple
from uuid import UUID

from shared.events import cloudevents
from shared.events.base import Event, Stream
from shared.events.catalogue import topics
from shared.events.dispatch import DELIVERY, DocumentHandedOver
from shared.events.intake import APPLICATION, RECIPIENT, CentralStatusObserved
from shared.events.printing import BLANK_STOCK, PRINT_ORDER
from tests.contracts.examples import example
from tools.embedded.launcher import SERVICES

Headers = list[tuple[str, bytes]]


class Draft(NamedTuple):
    """A record as it will be written. `refused_by`: the services that will set it aside for what it is."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    refused_by: frozenset[str] = frozenset()


class _Good(NamedTuple):
    """A faultless event of a key of its own, to be spoiled."""

    event: Event
    headers: Headers

    @property
    def topic(self) -> str:
        return self.event.stream.topic

    @property
    def key(self) -> bytes:
        return self.event.key.encode()

    def sound(self) -> dict[str, object]:
        body: dict[str, object] = json.loads(self.event.write())
        return body

    def without(self, *names: str) -> Headers:
        return [(name, value) for name, value in self.headers if name not in names]


STREAMS: Mapping[str, Stream] = {s.topic: s for s in (APPLICATION, RECIPIENT, PRINT_ORDER, BLANK_STOCK, DELIVERY)}

KNOWN_TO_BE_TAKEN: Mapping[str, Mapping[str, type[Event]]] = {
    "future schema": {APPLICATION.topic: CentralStatusObserved, DELIVERY.topic: DocumentHandedOver}
}
"""Types whose effect on an application that nobody knows is nothing that the four databases are compared by."""

FACTS_ONLY = frozenset({"null value", "null key"})
"""On a state topic an empty value is no poison: it erases. And the broker takes nothing without a key there."""


def _bad_json(good: _Good) -> Draft:
    return _broken_body(good, b"{" + good.event.write())


def _nested(good: _Good) -> Draft:
    return _broken_body(good, b'{"deep":' + b"[" * 10_000 + b"]" * 10_000 + b"}")


def _huge(good: _Good) -> Draft:
    return _broken_body(good, b'{"filler":"' + b"x" * (2 << 20))


def _broken_body(good: _Good, value: bytes) -> Draft:
    return Draft(good.topic, good.key, value, good.headers, _handling(good.topic, type(good.event).__name__))


def _bad_header(good: _Good) -> Draft:
    headers = [*good.without("ce_type"), ("ce_type", b"\xff\xfe\xfa")]
    return Draft(good.topic, good.key, good.event.write(), headers, _reading(good.topic))


def _no_headers(good: _Good) -> Draft:
    return Draft(good.topic, good.key, good.event.write(), [], _reading(good.topic))


def _null_key(good: _Good) -> Draft:
    return Draft(good.topic, None, good.event.write(), good.headers, _reading(good.topic))


def _null_value(good: _Good) -> Draft:
    return Draft(good.topic, good.key, None, good.headers)


def _unknown_type(good: _Good) -> Draft:
    headers = [*good.without("ce_type"), ("ce_type", b"DocumentTeleported")]
    return Draft(good.topic, good.key, b'{"what":"nobody here has heard of"}', headers)


def _future(good: _Good) -> Draft:
    codes = {name: "NOT_YET_INVENTED" for name in ("word", "taker") if name in good.sound()}
    body = good.sound() | codes | {"since_v7": {"nested": [1, 2, None]}, "weight_in_grams": 12.5}
    return Draft(good.topic, good.key, json.dumps(body).encode(), good.headers)


POISONS: Mapping[str, Callable[[_Good], Draft]] = {
    "bad JSON": _bad_json,
    "non-UTF-8 header": _bad_header,
    "missing headers": _no_headers,
    "null key": _null_key,
    "null value": _null_value,
    "unknown type": _unknown_type,
    "future schema": _future,
    "2 MB value": _huge,
    "nested 10,000 deep": _nested,
}


def drafts(poison: str, topic: str, dice: Random, now: datetime | None = None) -> list[Draft]:
    """A poisoned record on a key of its own and, where it will block that key, what queues up behind it."""
    type_ = KNOWN_TO_BE_TAKEN.get(poison, {}).get(topic) or dice.choice(_heard(topic))
    key = UUID(int=dice.getrandbits(128), version=4)
    moment = now or datetime.now(UTC)
    first = POISONS[poison](_good(type_, key, 1, dice, moment))
    if not first.refused_by or first.key is None:
        return [first]
    behind = [_good(type_, key, version, dice, moment) for version in range(2, 2 + dice.randrange(4))]
    return [first, *(Draft(good.topic, good.key, good.event.write(), good.headers) for good in behind)]


def _good(type_: type[Event], key: UUID, version: int, dice: Random, now: datetime) -> _Good:
    own = {"stock_id": f"NOWHERE/{key}", "tracking_code": f"NOBODY-{key}"}  # what only one can have
    event = example(type_, key)
    event = event.model_copy(update={name: value for name, value in own.items() if name in type_.model_fields})
    event_id = str(UUID(int=dice.getrandbits(128), version=4))
    owner = topics()[event.stream.topic].owner
    headers = cloudevents.headers(
        owner, event.stream.topic, event.key.encode(), version, event_id, type_.__name__, now.isoformat(), None
    )
    return _Good(event, headers)


def _heard(topic: str) -> list[type[Event]]:
    return [type_ for name, type_ in sorted(STREAMS[topic].types.items()) if _handling(topic, name)]


def _reading(topic: str) -> frozenset[str]:
    return frozenset(service for service in _readers(topic) if any(heard == topic for heard, _ in _handlers(service)))


def _handling(topic: str, type_name: str) -> frozenset[str]:
    return frozenset(service for service in _readers(topic) if (topic, type_name) in _handlers(service))


def _readers(topic: str) -> list[str]:
    """Those that run here; others may be named as readers too."""
    return [service for service in topics()[topic].readers if service in SERVICES]


@cache
def _handlers(service: str) -> Iterable[tuple[str, str]]:
    return frozenset(importlib.import_module(f"services.{service}.handlers").consumer.handlers)
