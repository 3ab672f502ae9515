"""Decides the nine invariants of the reliability proof from evidence alone, after the run."""

from collections.abc import Iterator

from tests.chaos.checks.cards import judge_cards, judge_messages
from tests.chaos.checks.city import judge_city
from tests.chaos.checks.effects import judge_effects
from tests.chaos.checks.history import History, histories
from tests.chaos.checks.log import judge_log, judge_stopped_streams
from tests.chaos.checks.people import judge_search
from tests.chaos.checks.processes import judge_recovery, judge_repeats, judge_stops
from tests.chaos.checks.readers import judge_reader
from tests.chaos.evidence import Evidence
from tests.chaos.verdict import Violation


def check(evidence: Evidence) -> list[Violation]:
    """All violations, sorted by invariant, place and key; an empty list is the proof.

    Parts of the evidence that are None are not judged (`verdict.report` says which).
    """
    found = [*_topics(evidence), *_services(evidence), *_city(evidence), *_run(evidence)]
    return sorted(found, key=lambda v: (v.invariant, v.where, v.key, v.sentence))


def _topics(evidence: Evidence) -> Iterator[Violation]:
    for history in histories(evidence):
        yield from judge_log(history, evidence.services.get(history.topic.owner))
        yield from judge_effects(history)
        yield from _readers(history, evidence)
        yield from judge_repeats(history, evidence.lives or ())


def _readers(history: History, evidence: Evidence) -> Iterator[Violation]:
    for reader in history.topic.readers:
        if reader in evidence.services:
            yield from judge_reader(history, reader, evidence.services[reader])


def _services(evidence: Evidence) -> Iterator[Violation]:
    for service, books in evidence.services.items():
        yield from judge_stopped_streams(service, books)


def _city(evidence: Evidence) -> Iterator[Violation]:
    if evidence.city is not None:
        yield from judge_city(evidence.city)
        yield from judge_cards(evidence.city)
        yield from judge_messages(evidence.city)


def _run(evidence: Evidence) -> Iterator[Violation]:
    if evidence.recovery is not None:
        yield from judge_recovery(evidence.recovery, evidence.services)
    if evidence.lives is not None:
        yield from judge_stops(evidence.lives)
    if evidence.search is not None:
        yield from judge_search(evidence.search)
