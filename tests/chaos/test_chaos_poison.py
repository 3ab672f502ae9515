"""Each kind of poison is what its name says, on keys of its own, and those who will refuse it are named."""

import json
from datetime import UTC, datetime
from random import Random

import pytest
from pydantic import ValidationError

from shared.events.catalogue import topics
from shared.events.cloudevents import UnreadableError, read
from tests.chaos.poison import FACTS_ONLY, KNOWN_TO_BE_TAKEN, POISONS, Draft, drafts
from tests.chaos.schedule import KINDS
from tests.harness import TYPES, Logged
from tools.embedded.launcher import SERVICES

NOW = datetime(2026, 11, 25, tzinfo=UTC)
EVERY = [(poison, topic) for poison in POISONS for topic in KINDS[f"poison: {poison}"].targets]


def logged(draft: Draft) -> Logged:
    return Logged(draft.topic, 0, 0, draft.key, draft.value, draft.headers)


def first(poison: str, topic: str) -> Draft:
    """Poison with nothing behind it."""
    thrown = (drafts(poison, topic, Random(seed), NOW) for seed in range(100))
    return next(drafted[0] for drafted in thrown if len(drafted) == 1)


@pytest.mark.parametrize(("poison", "topic"), EVERY)
def test_the_same_dice_give_the_same_poison_and_each_throw_a_key_of_its_own(poison: str, topic: str) -> None:
    once, again = drafts(poison, topic, Random(1), NOW), drafts(poison, topic, Random(1), NOW)
    assert [(d.key, d.headers, d.refused_by) for d in once] == [(d.key, d.headers, d.refused_by) for d in again]
    dice = Random(1)
    keys = [drafts(poison, topic, dice, NOW)[0].key for _ in range(20)]
    assert poison == "null key" or len(set(keys)) == 20


@pytest.mark.parametrize(
    ("poison", "code"),
    [("non-UTF-8 header", "bad-header"), ("missing headers", "missing-header"), ("null key", "null-key")],
)
def test_a_broken_envelope_is_refused_by_all_readers_of_its_topic(poison: str, code: str) -> None:
    for topic in KINDS[f"poison: {poison}"].targets:
        draft = first(poison, topic)
        with pytest.raises(UnreadableError) as refused:
            read(logged(draft))
        assert refused.value.code == code
        assert draft.refused_by == set(topics()[topic].readers) & set(SERVICES)


@pytest.mark.parametrize("poison", ["bad JSON", "2 MB value", "nested 10,000 deep"])
def test_a_broken_body_is_refused_by_those_who_read_its_type(poison: str) -> None:
    for topic in KINDS[f"poison: {poison}"].targets:
        draft = first(poison, topic)
        incoming = read(logged(draft))
        assert incoming.version == 1
        with pytest.raises((ValidationError, RecursionError)):
            TYPES[topic, incoming.type].read(draft.value or b"")
        assert draft.refused_by
        assert draft.refused_by <= set(topics()[topic].readers)


def test_a_value_that_is_too_large_for_our_own_writers_is_larger_than_two_megabytes() -> None:
    assert len(first("2 MB value", "intake.application.v1").value or b"") > 2 << 20


@pytest.mark.parametrize("poison", ["null value", "unknown type", "future schema"])
def test_what_a_tolerant_reader_takes_is_refused_by_nobody_and_followed_by_nothing(poison: str) -> None:
    for topic in KINDS[f"poison: {poison}"].targets:
        (draft,) = drafts(poison, topic, Random(7), NOW)
        assert read(logged(draft)).version == 1
        assert draft.refused_by == frozenset()


def test_a_future_schema_has_fields_and_codes_that_nobody_knows_yet() -> None:
    for topic, type_ in KNOWN_TO_BE_TAKEN["future schema"].items():
        body = json.loads(first("future schema", topic).value or b"")
        assert set(body) - set(type_.model_fields)
        assert "NOT_YET_INVENTED" in body.values()
        type_.read(json.dumps(body).encode())


def test_an_empty_value_or_key_is_written_to_streams_of_facts_only() -> None:
    for poison in FACTS_ONLY:
        assert all(topics()[topic].kind == "facts" for topic in KINDS[f"poison: {poison}"].targets)


@pytest.mark.parametrize(("poison", "topic"), EVERY)
def test_what_queues_behind_poison_is_sound_and_of_the_same_key(poison: str, topic: str) -> None:
    for seed in range(20):
        poisoned, *behind = drafts(poison, topic, Random(seed), NOW)
        for version, draft in enumerate(behind, start=2):
            incoming = read(logged(draft))
            assert (draft.key, incoming.version) == (poisoned.key, version)
            TYPES[topic, incoming.type].read(draft.value or b"")
            assert draft.refused_by == frozenset()
