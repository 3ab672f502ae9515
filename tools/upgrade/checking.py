"""`antar upgrade --check`: what an upgrade to this version would do, and whether something forbids it now."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from shared.events.catalogue import topics
from shared.version import version
from tools.findings import Finding
from tools.upgrade.looking import UNTOLD, Sight

UNSENT_SECONDS: Final = 60
"""A fact is on the log within a second; one that old says that the broker or its relay is in trouble."""

Sights = Mapping[str, Sight]


def of_databases(sights: Sights, silent: Mapping[str, str]) -> Iterator[Finding]:
    """What would happen to the tables, and the trouble that there is.

    Trouble forbids nothing as long as the databases answer: another release may be what mends it.
    """
    yield _versions(sights)
    for service, sight in sights.items():
        yield Finding(service, "bad" if sight.tables.beyond else "good", _tables(sight))
    for service, sentence in silent.items():
        yield Finding(service, "bad", sentence)
    yield from _trouble(sights)
    yield _way_back(sights)


def _versions(sights: Sights) -> Finding:
    there = sorted({sight.tables.version or UNTOLD for sight in sights.values() if not sight.tables.new})
    running = sorted({one for sight in sights.values() for one in sight.running})
    told = f"This is {version()}; the databases were last brought up to date by {_list(there)}; {_list(running)} runs."
    if far := [one for one in sorted({*there, *running} - {UNTOLD}) if not _neighbours(one, version())]:
        return Finding("version", "bad", f"{told} One version at a time: not in one step from {_list(far)}.")
    return Finding("version", "good", told)


def _neighbours(one: str, other: str) -> bool:
    """Whether they were tried against each other: 0.1.* and 0.2.*; which one comes before a 1.0.* no number tells."""
    older, newer = sorted([int(part) for part in text.split(".")[:2]] for text in (one, other))
    if older[0] == newer[0]:
        return newer[1] - older[1] <= 1
    return newer[0] - older[0] == 1 and newer[1] == 0


def _tables(sight: Sight) -> str:
    tables = sight.tables
    if tables.beyond:
        return f"Not possible: the upgrade to {tables.version} is finished here ({_list(tables.beyond)})."
    if tables.new:
        return "All tables are made."
    told = [f"Before: {_list(tables.before)}.", f"After: {_list(tables.after)}."]
    if tables.ahead:
        told.append(f"Newer code added {_list(tables.ahead)}; this version goes on with it.")
    return " ".join(told)


def _trouble(sights: Sights) -> Iterator[Finding]:
    late = {name: sight for name, sight in sights.items() if sight.unsent_seconds > UNSENT_SECONDS}
    for name, sight in late.items():
        told = f"{name} has {sight.unsent} facts unsent, one for {sight.unsent_seconds:.0f} s"
        yield Finding("outbox", "unknown", f"{told}: they stay and go out later. Is it the broker, or the release?")
    if not late:
        yield Finding("outbox", "good", "What was recorded is on its way.")
    stopped = {name: sight.stopped for name, sight in sights.items() if sight.stopped}
    for name, unread in stopped.items():
        told = f"{name} has stopped reading {_list(unread)}, and this changes nothing in that: see docs/reliability.md."
        yield Finding("streams", "unknown", told)
    if not stopped:
        yield Finding("streams", "good", "None is stopped.")
    parked = {name: sight.parked for name, sight in sights.items() if sight.parked}
    if parked:
        told = _list([f"{count} in {name}" for name, count in parked.items()])
        yield Finding("parked", "unknown", f"Set aside: {told}. A start tries them again; `antar parked list`.")
    else:
        yield Finding("parked", "good", "Nothing is set aside.")


def _way_back(sights: Sights) -> Finding:
    waiting = sorted({name for sight in sights.values() for name in sight.tables.after})
    if not waiting:
        return Finding("way back", "good", "To the version before, at any time: nothing is taken away.")
    told = f"To the version before, until `antar upgrade --finish` runs {_list(waiting)}."
    return Finding("way back", "good", told)


def of_replicas(replicas: Mapping[str, int]) -> Finding:
    """Whether a service's successors find a place beside it: only who gets a partition is ever ready."""
    most = min(topic.partitions for topic in topics().values()) // 2
    if many := [f"{count} of {name}" for name, count in replicas.items() if count > most]:
        return Finding(
            "replicas", "bad", f"{_list(many)} and as many successors share too few partitions: {most} at most."
        )
    return Finding("replicas", "good", f"None is to run more than {most} times.")


def of_topics(missing: list[str]) -> Finding:
    """Which topics would be made."""
    return Finding("topics", "good", f"To be made: {_list(missing)}.")


def of_rights(lines: list[str]) -> Iterator[Finding]:
    """What would change on the broker, a line for each rule."""
    if not lines:
        yield Finding("rights", "good", "No change.")
    for line in lines:
        yield Finding("rights", "unknown", line)


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"
