"""Who comes first when blanks are short."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.printing.domain import POLICY, classify, why
from shared.events.intake import ApplicationClearedForPrint, Reason
from shared.events.printing import PriorityClass

CLEARED_AT = datetime(2017, 9, 4, 18, 0, tzinfo=UTC)
"""One in the morning of 5 September in Bekasi."""


def cleared(**facts: Any) -> ApplicationClearedForPrint:
    usual: dict[str, Any] = {
        "application_id": UUID(int=1),
        "document_kind": "KTP_EL",
        "blank_kind": "KTP_EL",
        "reason": Reason.FIRST,
        "disaster_victim": False,
        "suket_expires_on": None,
        "kelurahan_code": "32.75.01.1001",
        "rw": "011",
        "recorded_at": CLEARED_AT,
        "cleared_at": CLEARED_AT,
    }
    return ApplicationClearedForPrint(**{**usual, **facts})


def test_whoever_never_held_a_card_nor_a_suket_comes_first() -> None:
    assert classify(cleared()) == PriorityClass.FIRST_HOLDER
    assert classify(cleared(disaster_victim=True)) == PriorityClass.FIRST_HOLDER


def test_a_first_card_with_a_suket_that_lasts_is_waited_for_like_others() -> None:
    assert classify(cleared(suket_expires_on=date(2018, 3, 1))) == PriorityClass.WAITING


@pytest.mark.parametrize("reason", [Reason.LOST, Reason.DAMAGED, Reason.DATA_CHANGED])
def test_a_replacement_waits_last_even_when_its_suket_runs_out(reason: Reason) -> None:
    assert classify(cleared(reason=reason, suket_expires_on=date(2017, 9, 5))) == PriorityClass.REPLACEMENT


@pytest.mark.parametrize("reason", [Reason.LOST, Reason.MOVED_IN])
def test_a_disaster_lifts_everyone_it_hit(reason: Reason) -> None:
    assert classify(cleared(reason=reason, disaster_victim=True)) == PriorityClass.DISASTER


@pytest.mark.parametrize(
    ("expires_on", "expected"),
    [
        (date(2017, 8, 1), PriorityClass.SUKET_EXPIRING),
        (date(2017, 10, 5), PriorityClass.SUKET_EXPIRING),
        (date(2017, 10, 6), PriorityClass.WAITING),
    ],
)
def test_a_suket_counts_as_expiring_within_thirty_days_of_the_calendar_of_bekasi(
    expires_on: date, expected: PriorityClass
) -> None:
    assert classify(cleared(reason=Reason.MOVED_IN, suket_expires_on=expires_on)) == expected


def test_a_reason_of_a_newer_release_waits_in_the_ordinary_class() -> None:
    wire = cleared(reason=Reason.MOVED_IN).write().replace(b"MOVED_IN", b"NAME_RESTORED")
    assert classify(ApplicationClearedForPrint.read(wire)) == PriorityClass.WAITING


def test_classes_are_served_in_the_order_of_the_published_list() -> None:
    assert [POLICY.rank(c) for c in PriorityClass] == [0, 1, 2, 3, 4]


def test_the_place_is_explained_in_one_sentence_with_local_time() -> None:
    assert why(3, "DISASTER", CLEARED_AT) == ("Urutan 3: korban bencana; siap cetak sejak 05-09-2017 01.00.00 WIB.")
