"""I1, I2, I3 and I7 between one topic and one of its readers: how far it has come, and what it has set aside."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.chaos.checks.history import History, reach, readable, text
from tests.chaos.evidence import Entry, Parked, Place, ServiceBooks
from tests.chaos.verdict import Offender, Violation, first

Ident = tuple[str, int] | Place
"""A parked record: the (key, version) that could be read of it, else its place."""


@dataclass(slots=True)
class _SetAside:
    """What must be in the parking table, and what may: poison that its aggregate has gone past is dropped by a drain.

    Of a record without a readable envelope nobody can say that its aggregate has gone past it, so it stays.
    """

    must: dict[Ident, str] = field(default_factory=dict)
    may: set[Ident] = field(default_factory=set)


def judge_reader(history: History, service: str, books: ServiceBooks) -> Iterator[Violation]:
    """The books of a service that reads this topic."""
    where = f"{service} {history.topic.name}"
    refused = [entry for entry, refused_by in history.injected if service in refused_by]
    yield from _judge_positions(where, history, books, refused)
    expected = _expected(history, refused)
    rows = {_ident(row): row for row in books.parked if row.place.topic == history.topic.name}
    yield from first("I7", where, (_offender(i, why) for i, why in expected.must.items() if i not in rows))
    known = expected.must.keys() | expected.may
    extra = (_offender(i, f"it was set aside ({row.code}) for no poison") for i, row in rows.items() if i not in known)
    yield from first("I7", where, extra)


def _judge_positions(where: str, history: History, books: ServiceBooks, refused: list[Entry]) -> Iterator[Violation]:
    heard = books.heard.get(history.topic.name, {})
    places = {entry.place for entry in refused}
    behind, ahead, unknown = [], [], []
    for key in history.versions.keys() | heard.keys():
        due, at = reach(history, key, places), heard.get(key, 0)
        if at < due:
            behind.append(Offender(key, at, f"only {at} of {due} versions took effect"))
        elif at > due and key not in history.versions:
            unknown.append(Offender(key, at, f"{at} versions took effect of a key that is not on the log"))
        elif at > due:
            ahead.append(Offender(key, at, f"{at} versions took effect where the log has {due} to give"))
    yield from first("I1", where, behind)
    yield from first("I3", where, ahead)
    yield from first("I2", where, unknown)


def _expected(history: History, refused: list[Entry]) -> _SetAside:
    expected = _SetAside()
    for entry in refused:
        if readable(entry):
            expected.may.add(_ident(entry))
        else:
            expected.must[_ident(entry)] = "the poison was not set aside"
    places = {entry.place for entry in refused}
    for key in {text(entry.key) for entry in refused}:
        at = reach(history, key, places)
        for version in history.versions.get(key, {}):
            if version > at:
                expected.must[key, version] = f"version {version} is poison or behind it, and was not set aside"
    return expected


def _ident(record: Entry | Parked) -> Ident:
    if record.version is None:
        return record.place
    return (record.key if isinstance(record.key, str) else text(record.key), record.version)


def _offender(ident: Ident, how: str) -> Offender:
    if isinstance(ident, Place):
        return Offender(f"{ident.partition}/{ident.offset}", ident.offset, how)
    return Offender(*ident, how)
