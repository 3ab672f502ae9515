"""What must be true of the miniature service at rest, read from its database and its log, whatever happened before."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.events.catalogue import parked_topic
from shared.events.cloudevents import Incoming, read
from shared.events.notify import MessageSent
from tests.shared.scripted.service import TOPICS
from tests.shared.scripted.world import World

Aggregate = tuple[str, str]
"""(topic, key)"""

_FOUND = """
select what, topic, key, version, mark, note from (
    select 'said' as what, id, topic, key, null::bigint as version, mark, kind as note from said where key = any ($1)
    union all select 'effect', id, topic, key, version, mark, event_id::text from effect where key = any ($1)
    union all select 'parked', record_offset, topic, key, version, partition || '/' || record_offset, code from parked
    union all select 'outbox', id, topic, key, version, null, null from outbox
) found order by what, id
"""


@dataclass
class Found:
    """What the database holds of one history; effects and parked records as (version, mark or code)."""

    said: dict[Aggregate, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    effects: dict[Aggregate, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    parked: dict[Aggregate, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    causes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    places: list[tuple[str, str]] = field(default_factory=list)
    outbox: int = 0

    def history(self, aggregate: Aggregate) -> list[tuple[str, str]]:
        """What was said of an aggregate, version by version."""
        return [(mark, kind) for mark, kind in self.said[aggregate] if kind != "forged"]


async def found(world: World) -> Found:
    """Read it."""
    now = Found()
    for what, topic, key, version, mark, note in await world.own.fetch(_FOUND, world.keys):
        if what == "said":
            now.said[topic, key].append((mark, note))
        elif what == "effect":
            now.effects[topic, key].append((version, mark))
            now.causes[key].append(note)
        elif what == "parked":
            now.parked[topic, key].append((version, note))
            now.places.append((topic, mark))
        else:
            now.outbox += 1
    return now


async def violated(world: World) -> list[str]:
    """The invariants that do not hold; call it when the world has settled. Empty is as it should be."""
    now = await found(world)
    return [*_effects(now, mended=world.mended), *_log(now, world), *_messages(now, world), *_copies(now, world)]


async def out_of_turn(world: World) -> list[str]:
    """What took effect though it was not said, or not in its turn; holds at any moment."""
    now = await found(world)
    return [
        f"effects of {aggregate}: {effects} of {now.history(aggregate)}"
        for aggregate, effects in now.effects.items()
        if effects != _applied(now.history(aggregate))[: len(effects)]
    ]


def _effects(now: Found, *, mended: bool) -> Iterator[str]:
    # Each fact once, in order, up to the first that cannot be applied; that one and all behind it set aside.
    for aggregate in now.said.keys() | now.effects.keys() | now.parked.keys():
        history = now.history(aggregate)
        good = next((n for n, (_, kind) in enumerate(history) if _code(kind, mended=mended)), len(history))
        if now.effects[aggregate] != _applied(history[:good]):
            yield f"effects of {aggregate}: {now.effects[aggregate]}, not {_applied(history[:good])}"
        codes = [{"gap", _code(kind, mended=True)} for _, kind in history[good:]]
        if codes:
            codes[0] = {_code(history[good][1], mended=mended)}
        parked = sorted(now.parked[aggregate])
        if [version for version, _ in parked] != [*range(good + 1, len(history) + 1)] or any(
            code not in allowed for (_, code), allowed in zip(parked, codes, strict=True)
        ):
            yield f"parked of {aggregate}: {parked}, not from {good + 1} on {history[good:]}"


def _applied(history: list[tuple[str, str]]) -> list[tuple[int, str]]:
    return [(n, mark) for n, (mark, kind) in enumerate(history, start=1) if kind != "dropped"]


def _code(kind: str, *, mended: bool) -> str | None:
    return {"broken": "bad-data", "refused": None if mended else "handler-refused"}.get(kind)


def _log(now: Found, world: World) -> Iterator[str]:
    # Everything committed is there, nothing else, versions without gaps, in order but for repetitions.
    if now.outbox:
        yield f"{now.outbox} rows left in the outbox"
    if lag := world.log.lag(TOPICS):
        yield f"{lag} entries not committed"
    first: dict[Aggregate, list[Incoming]] = defaultdict(list)
    for entry in map(read, world.log.arrived):
        known = first[entry.aggregate]
        if entry.version == len(known) + 1:
            known.append(entry)
        elif entry.version > len(known) + 1:
            yield f"version {entry.version} of {entry.aggregate} came before {len(known) + 1}"
        elif entry.event_id != known[entry.version - 1].event_id and b"-forged" not in (entry.data or b""):
            yield f"version {entry.version} of {entry.aggregate} means two events"
    for aggregate in now.said:
        true = [mark for mark, _ in now.history(aggregate)]
        entries = first[aggregate]
        if [mark for mark, entry in zip(true, entries, strict=False) if mark.encode() in (entry.data or b"")] != true:
            yield f"said of {aggregate}: {true}; on the log: {[e.data for e in entries]}"


def _messages(now: Found, world: World) -> Iterator[str]:
    # What an effect announces reaches the log with it, once, if repetitions are left out.
    told: dict[str, dict[int, str]] = defaultdict(dict)
    for entry in _of(world, MessageSent.stream.topic):
        told[entry.key][entry.version] = json.loads(entry.data or b"")["message_id"]
    for key in world.keys:
        if sorted(told[key].values()) != sorted(now.causes[key]):
            yield f"effects of {key} by {now.causes[key]}, messages by {told[key]}"


def _copies(now: Found, world: World) -> Iterator[str]:
    # Of each record that is set aside, one copy.
    copies: dict[tuple[str, str], set[object]] = defaultdict(set)
    for topic in TOPICS:
        for entry in _of(world, parked_topic(topic, "notify")):
            copy = json.loads(entry.data or b"")
            copies[topic, f"{copy['partition']}/{copy['offset']}"].add(entry.event_id)
    for place in now.places:
        if len(copies[place]) != 1:
            yield f"{len(copies[place])} copies of the record at {place}"


def _of(world: World, topic: str) -> Iterator[Incoming]:
    return (read(entry) for entry in world.log.arrived if entry.topic == topic)
