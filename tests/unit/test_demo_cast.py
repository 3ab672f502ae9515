"""What the script says must become of each document, so that the demonstration can be held to it."""

from collections import Counter

import pytest

from tools.demo.cast import Accepted, Cast, ending, expected, fruitless_visits
from tools.demo.job import form
from tools.demo.rounds import receipt
from tools.sample.applications import Row
from tools.sample.fates import VISITS
from tools.sample.script import Line

AWAY = "NOT_AT_HOME"


def line(row: int = 1, **cells: object) -> Line:
    return Line("FILE", row, word="PRR", visits=("DELIVERED",), receiver="APPLICANT")._replace(**cells)


@pytest.mark.parametrize(
    ("cells", "state"),
    [
        ({}, "DELIVERED"),
        ({"visits": (AWAY, "DELIVERED")}, "DELIVERED"),
        ({"visits": (AWAY, AWAY, AWAY)}, "HELD_FOR_PICKUP"),
        ({"visits": (AWAY, AWAY, AWAY), "ending": "PICKUP"}, "DELIVERED"),
        ({"visits": ("WRONG_RW", "DELIVERED"), "ending": "ROUTE"}, "DELIVERED"),
        ({"visits": ("WRONG_RW",)}, "WAITING_FOR_ROUTE"),
        ({"visits": ("MOVED_OUT",)}, "RETURNED"),
        ({"visits": ("DECEASED",)}, "RETURNED"),
        ({"courier": "NEVER"}, "WAITING_FOR_COURIER"),
        ({"courier": "LATE"}, "DELIVERED"),
        ({"cancel": "PRINTED"}, "RETURNED"),
        ({"cancel": "PRINTED", "courier": "NEVER"}, "RETURNED"),
    ],
)
def test_every_story_has_one_end(cells: dict[str, object], state: str) -> None:
    assert ending(line(**cells)) == state


def test_every_story_that_the_generator_deals_has_an_end() -> None:
    ends = {ending(line(visits=visits.outcomes, ending=visits.ending)) for visits, _ in VISITS}
    assert ends == {"DELIVERED", "HELD_FOR_PICKUP", "RETURNED", "WAITING_FOR_ROUTE"}


def test_nobody_visits_for_a_document_that_was_withdrawn_or_has_no_courier() -> None:
    away = {"visits": (AWAY, "DELIVERED")}
    assert fruitless_visits(line(**away)) == (AWAY,)
    assert fruitless_visits(line(**away, cancel="PRINTED")) == ()
    assert fruitless_visits(line(**away, courier="NEVER")) == ()


def test_the_script_expects_only_of_printed_documents_that_they_went_somewhere() -> None:
    cast = Cast([line(1), line(2, cancel="PRINTED"), line(3, cancel="QUEUED"), Line("FILE", 4, refused="NIK_LENGTH")])
    for one in cast.lines[:3]:
        cast.meet(one, Accepted(f"id{one.row}", f"KTP/{one.row}", f"BKS-{one.row}"))
    nothing = expected(cast, frozenset())
    assert (nothing.taken, nothing.cleared, nothing.cancelled) == (3, 3, 1)
    assert nothing.refused == {"NIK_LENGTH": 1}
    assert not nothing.delivery_states
    both = expected(cast, frozenset({"id1", "id2"}))
    assert both.cancelled == 2
    assert both.delivery_states == Counter({"DELIVERED": 1, "RETURNED": 1})


def test_a_mandate_holder_shows_a_mandate_and_nobody_else_needs_one() -> None:
    assert "mandate_number" in receipt(line(receiver="MANDATE_HOLDER"))
    assert "mandate_number" not in receipt(line())


def test_the_counter_types_what_stands_in_the_file() -> None:
    row = Row(
        "KTP_EL", "UBAH_DATA", "3275990101900001", "3275990101110001", "Adi Wanatanaya", "01-12-1990", "L", "", "",
        "Jl. Palem 1 No. 2", "", "Bintara", "7", "003", "31-05-2025", "ya", "2025-01-06T08:00:00+07:00",
    )  # fmt: skip
    typed = form(row)
    assert typed["birth_date"] == "1990-12-01"
    assert typed["suket_expires_on"] == "2025-05-31"
    assert typed["reason"] == "DATA_CHANGED"
    assert typed["disaster_victim"] is True
    assert typed["phone"] is None
