"""The state is what the facts add up to; every state and every code has its words."""

from itertools import product

import pytest

from services.notify.domain import (
    DeliveryStage,
    Facts,
    PrintStage,
    State,
    comes_again,
    is_told,
    is_withdrawn,
    rank_of,
    state_of,
)
from services.notify.strip import WIDTH, strip
from services.notify.tracking import Place
from services.notify.words import read_words
from shared.events.dispatch import AttemptOutcome, Receiver, ReturnReason
from shared.events.intake import CancelReason, Missing, RejectReason
from shared.events.notify import Milestone
from shared.events.printing import PriorityClass, ReleaseReason, SpoilReason, VoidReason

WORDS = read_words()


def test_any_combination_of_facts_has_a_state_and_words() -> None:
    flags = (False, True)
    stages = product((None, *PrintStage), (None, *DeliveryStage), (None, "EFAC"), (None, False, True), *[flags] * 4)
    for printing, delivery, word, blank, cleared, cancelled, closed, bereaved in stages:
        state = state_of(Facts(word, cleared, blank, cancelled, closed, printing, delivery, bereaved))
        assert WORDS.states[state].headline


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (Facts(), State.RECEIVED),
        (Facts(central_word="SENT_FOR_ENROLLMENT"), State.AT_CENTRE),
        (Facts(central_word="A_WORD_OF_NEXT_YEAR"), State.AT_CENTRE),
        (Facts(central_word="DUPLICATE_RECORD"), State.RECORDED_TWICE),
        (Facts(central_word="EFAC"), State.RECORD_AGAIN),
        (Facts(central_word="EFAC", cleared=True), State.CLEARED),
        (Facts(print_stage="QUEUED", needs_blank=True), State.WAITING_FOR_BLANK),
        (Facts(print_stage="QUEUED", needs_blank=False), State.WAITING_FOR_PRINT),
        (Facts(print_stage="PRINTED", cancelled=True), State.CANCELLED),
        (Facts(print_stage="VOIDED", delivery_stage="WITH_COURIER"), State.VOIDED),
        (Facts(print_stage="QUEUED", delivery_stage="ASSIGNED"), State.PRINTED),
        (Facts(delivery_stage="COMPLETED", cancelled=True), State.DELIVERED),
        (Facts(delivery_stage="ATTEMPTED", bereaved=True), State.RETURNED),
        (Facts(closed=True), State.DELIVERED),
        (Facts(incomplete=True, central_word="EFAC"), State.NEEDS_COMPLETION),
        (Facts(incomplete=True, cleared=True), State.CLEARED),
        (Facts(incomplete=True, rejected=True), State.REJECTED),
        (Facts(central_word="PROCESSING", needs_signature=True), State.WAITING_FOR_SIGNATURE),
        (Facts(delivery_stage="ATTEMPTED", lost=True), State.TRACED),
        (Facts(delivery_stage="WITH_COURIER", lost=True), State.WITH_COURIER),
    ],
)
def test_the_fact_nearest_to_the_door_speaks(facts: Facts, state: State) -> None:
    assert state_of(facts) is state


def test_after_a_death_nothing_is_told_and_after_a_cancellation_nothing_is_promised() -> None:
    quiet = {"nobody": False, "silent": False, "cancelled": False, "overtaken": False}
    assert not any(is_withdrawn(m, **quiet) for m in Milestone)
    assert all(is_withdrawn(m, **quiet | {"silent": True}) for m in Milestone)
    assert all(is_withdrawn(m, **quiet | {"nobody": True}) for m in Milestone)
    kept = {m for m in Milestone if not is_withdrawn(m, **quiet | {"cancelled": True})}
    assert kept == {Milestone.RECEIVED, Milestone.DELIVERED}


def test_a_visit_is_told_if_it_counts_and_nobody_has_died() -> None:
    assert is_told(counted=True, outcome="NOT_AT_HOME")
    assert not is_told(counted=False, outcome="WRONG_RW")
    assert not is_told(counted=True, outcome="DECEASED")


def test_the_courier_comes_again_twice_and_not_to_one_who_has_moved() -> None:
    assert comes_again("NOT_AT_HOME", 2)
    assert not comes_again("NOT_AT_HOME", 3)
    assert not comes_again("MOVED_OUT", 1)


def test_a_class_of_a_later_release_comes_after_the_known_ones() -> None:
    assert [rank_of(c) for c in PriorityClass] == [0, 1, 2, 3, 4]
    assert rank_of("SOMETHING_NEW") == 5


def test_every_code_of_the_events_has_its_words() -> None:
    codes = WORDS.codes
    assert set(AttemptOutcome) <= set(codes["outcomes"])
    assert set(ReturnReason) <= set(codes["returns"])
    assert set(CancelReason) <= set(codes["cancellations"])
    assert set(RejectReason) - {"OTHER"} <= set(codes["rejections"])
    assert set(Missing) - {"OTHER"} <= set(codes["missing"])
    assert set(SpoilReason) - {"OTHER"} <= set(codes["spoils"])
    assert set(ReleaseReason) <= set(codes["releases"])
    assert set(VoidReason) <= set(codes["voids"])
    assert set(Receiver) <= set(codes["receivers"])
    assert list(PriorityClass) == list(codes["classes"])
    assert WORDS.of("outcomes", "A_CODE_OF_NEXT_YEAR") == "Dokumen belum dapat diserahkan."


@pytest.mark.parametrize(
    "place", [Place(1, 1, 0), Place(1, 61480, 1000), Place(1184, 61480, 1000), Place(61480, 61480, 5)]
)
def test_the_drawing_stays_within_its_box(place: Place) -> None:
    drawn = strip(place)
    assert 0 < drawn.you <= WIDTH
    assert 40 <= drawn.you_label <= WIDTH - 40
    assert drawn.stock is None or 0 < drawn.stock <= WIDTH


def test_the_first_of_a_queue_without_blanks_stands_at_its_beginning() -> None:
    drawn = strip(Place(1, 6, 0))
    assert drawn.you < WIDTH / 4
    assert not drawn.broken
