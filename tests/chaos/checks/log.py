"""I1, I2 and I4 on one topic: what its writer says it announced, against what is there and in which order."""

from collections.abc import Iterator, Sequence

from tests.chaos.checks.history import History, text
from tests.chaos.evidence import ServiceBooks
from tests.chaos.verdict import Offender, Violation, first


def judge_log(history: History, writer: ServiceBooks | None) -> Iterator[Violation]:
    """Without the writer's books (it had no part in the run) only the order is judged."""
    name = history.topic.name
    if writer is not None:
        yield from first("I1", name, _lost(history, writer))
        yield from first("I2", name, _phantoms(history, writer))
    yield from first("I2", name, _strangers(history))
    yield from first("I4", name, history.disorder.values())
    yield from first("I4", name, history.rewritten)
    yield from first("I4", name, history.astray)


def judge_stopped_streams(service: str, books: ServiceBooks) -> Iterator[Violation]:
    """A stream that a reader stopped told it two histories."""
    for topic, key in books.stopped:
        yield Violation("I4", f"{service} {topic}", key, "the reader met another event under a version it had applied")


def _lost(history: History, writer: ServiceBooks) -> Iterator[Offender]:
    topic = history.topic
    for key, upto in writer.said.get(topic.name, {}).items():
        there = history.versions.get(key, {})
        # Of a state only the last version must be there: compaction may take the others.
        wanted: Sequence[int] = range(1, upto + 1) if topic.kind == "facts" else (upto,)
        for version in wanted:
            if version not in there and (topic.name, key, version) not in writer.unsent:
                how = f"version {version} of {upto} is neither on the log nor in the outbox of {topic.owner}"
                yield Offender(key, version, how)


def _phantoms(history: History, writer: ServiceBooks) -> Iterator[Offender]:
    said = writer.said.get(history.topic.name, {})
    owner = history.topic.owner
    for key, version, _ in history.true_entries():
        if key not in said:
            yield Offender(key, version, f"{owner} knows nothing of this key")
        elif version > said[key]:
            yield Offender(key, version, f"{owner} announced {said[key]} versions; the log has version {version}")


def _strangers(history: History) -> Iterator[Offender]:
    for entry in history.strangers:
        how = f"the record at {entry.partition}/{entry.offset} is not one that a service writes"
        yield Offender(text(entry.key), entry.offset, how)
