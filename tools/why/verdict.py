"""The one sentence: where the chain from the counter to the door is interrupted. Pure."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from shared.events.catalogue import topics
from shared.messaging.parking import GAP
from tools.moments import ago, clock, span
from tools.why.findings import Findings, Link, Part, Standing

GRACE = 5.0
"""Seconds in which a fact is on its way and not stuck."""


class Verdict(NamedTuple):
    """The sentence, and as `cause` a stable word for programs: the names in `_LOOKS`."""

    cause: str
    sentence: str


def verdict(found: Findings) -> Verdict:
    """The first interruption on the way; without one, what the service waits for whose turn it is."""
    for cause, look in _LOOKS:
        sentence = look(found)
        if sentence:
            return Verdict(cause, sentence + (_doubt(found) if cause in _OPEN_TO_DOUBT else ""))
    return Verdict("nothing", "Nothing is stuck." + _doubt(found))


def _doubt(found: Findings) -> str:
    if not found.silent:
        return ""
    if len(found.silent) == 1:
        return f" This may not be all: the database of {next(iter(found.silent))} does not answer."
    return f" This may not be all: the databases of {' and '.join(found.silent)} do not answer."


def _unanswered(found: Findings) -> str | None:
    return None if found.parts else "None of the databases answers."


def _unknown(found: Findings) -> str | None:
    if any(part.knows for part in found.parts.values()):
        return None
    return f"No service that answers knows {found.key}."


def _stopped(found: Findings) -> str | None:
    for link in found.links():
        at = found.parts[link.reader].stopped.get(link.topic)
        if at and link.behind:
            return (
                f"{link.reader} has stopped reading {link.topic} {ago(at, found.now)}: its writer came back with "
                f"another history. `antar history check {topics()[link.topic].owner}{found.where}`; the way back is in "
                "docs/reliability.md."
            )
    return None


def _foreign(found: Findings) -> str | None:
    for link in found.links():
        said = found.said(link.topic)
        rows = found.parts[link.reader].parked
        seen = [row["version"] or 0 for row in rows if row["place"].startswith(f"{link.topic}/")]
        heard = max(link.applied, *seen, 0)
        if said is not None and heard > said:
            return (
                f"{link.reader} has heard no. {heard} of {link.topic}, but {topics()[link.topic].owner} has said only "
                f"no. {said}: somebody else writes there, or the database of {topics()[link.topic].owner} was put back."
            )
    return None


def _set_aside(found: Findings) -> str | None:
    rows = [
        row
        for name, part in found.parts.items()
        for row in part.parked
        if row["code"] != GAP and not _is_overtaken(part, row)
    ]
    if not rows:
        return None
    first = min(rows, key=lambda row: (row["version"] is None, str(row["parked_at"])))
    number = f"no. {first['version']}" if first["version"] else "without a number"
    when = ago(datetime.fromisoformat(first["parked_at"]), found.now)
    return (
        f"{first['service']} set aside {first['type'] or 'a record'} {number} ({first['code']}) {when}: "
        f"`antar parked show {first['place']} --service {first['service']}{found.where}`."
    )


def _is_overtaken(part: Part, row: Mapping[str, Any]) -> bool:
    # One without a readable number may be the very event that others wait for.
    return row["version"] is not None and row["version"] <= part.applied.get(row["place"].split("/")[0], 0)


def _unsent(found: Findings) -> str | None:
    for name, part in found.parts.items():
        oldest = part.outbox.oldest
        if not part.unsent or oldest is None or (found.now - oldest).total_seconds() < GRACE:
            continue
        since = span((found.now - oldest).total_seconds())
        return f"{name} has {_counted(part.outbox.facts, 'fact')} unsent for {since}: {_whose_fault(found, name)}."
    return None


def _counted(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"


def _whose_fault(found: Findings, service: str) -> str:
    faults = []
    if not found.parts[service].runs:
        faults.append(f"no process of {service} is connected to its database")
    if found.broker_silent and found.broker_asked:
        faults.append(_broker(found))
    return " and ".join(faults) or "its relay or the broker is down"


def _broker(found: Findings) -> str:
    why = found.broker_silent or "The topic is not on the broker."
    return why[0].lower() + why[1:].rstrip(".")


def _behind(found: Findings) -> Iterator[Link]:
    return (link for link in found.links() if link.behind)


def _unread(found: Findings) -> str | None:
    for link in _behind(found):
        if link.lag == 0:
            continue
        left = _broker(found) if link.lag is None else f"{_counted(link.lag, 'event')} of its partition to read"
        if not found.parts[link.reader].runs:
            state = f", and no process of {link.reader} is connected to its database"
        else:
            state = "" if link.lag is None else "; it runs, so it is busy, hangs or tries again: see its log"
        return f"{link.reader} has not applied no. {link.applied + 1} of {link.topic} yet: {left}{state}."
    return None


def _missing(found: Findings) -> str | None:
    for link in _behind(found):
        kind = topics()[link.topic].kind
        number = link.applied + 1 if kind == "facts" else link.on_log
        return (
            f"{link.reader} has read all of its partition of {link.topic}, but no. {number} never came: "
            f"{topics()[link.topic].owner} says that it was sent."
        )
    return None


def _waiting(found: Findings) -> str | None:
    waiting = [(name, standing) for name, standing in _on_the_way(found) if standing.waits_for]
    aside = [(n, p.standing) for n, p in found.parts.items() if p.standing and p.standing.waits_for]
    chosen = waiting[-1:] or aside[:1]
    for name, standing in chosen:
        since = f" since {clock(standing.since)} ({_for(standing, found)})" if standing.since else ""
        place = standing.details.get("place")
        queue = f"; place {place} in the queue" if place else ""
        return f"{name} waits for {standing.waits_for}{since}{queue}."
    return None


def _for(standing: Standing, found: Findings) -> str:
    assert standing.since is not None
    return span((found.now - standing.since).total_seconds())


def _nothing(found: Findings) -> str | None:
    standings = [(n, s) for n, s in _on_the_way(found) if s.since]
    if not standings:
        return None
    name, last = max(standings, key=lambda of: of[1].since or found.now)
    assert last.since is not None
    return f"Nothing is stuck: {name} has it as {last.state} since {clock(last.since)}."


def _on_the_way(found: Findings) -> Iterator[tuple[str, Standing]]:
    """In the order of the way to the door; who speaks to nobody stands beside it."""
    owners = dict.fromkeys(topic.owner for topic in topics().values() if topic.readers)
    for name in owners:
        part = found.parts.get(name)
        if part is not None and part.standing is not None:
            yield name, part.standing


_LOOKS: tuple[tuple[str, Callable[[Findings], str | None]], ...] = (
    ("unanswered", _unanswered),
    ("unknown", _unknown),
    ("stopped", _stopped),
    ("foreign", _foreign),
    ("set-aside", _set_aside),
    ("unsent", _unsent),
    ("unread", _unread),
    ("missing", _missing),
    ("waiting", _waiting),
    ("nothing", _nothing),
)
_OPEN_TO_DOUBT = frozenset({"unknown", "missing", "waiting", "nothing"})
