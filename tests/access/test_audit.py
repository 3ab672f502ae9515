"""What people do and look at is kept, refusals too, and those who watch over the city can find it."""

import csv
import io
from typing import Any
from uuid import uuid4

import pytest

from shared.people import Role
from tests.browsing import Page
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.people import someone
from tests.service.dispatch.city import ROSTER

AUDITOR = someone(Role.AUDITOR, name="Rina Auditor")
ADMINISTRATOR = someone(Role.ADMINISTRATOR, name="=HYPERLINK(Adi)")
COORDINATOR = someone(Role.COORDINATOR, areas=("32.75.04.1005",), name="Dewi Koordinator")


async def dispatch_at_work(harness: Harness) -> ServiceUnderTest:
    """A roster has come, a coordinator has looked at what a courier carries, and has been refused a roster."""
    dispatch = await harness("dispatch")
    roster = {"content": ROSTER, "headers": {"Content-Type": "text/csv"}}
    assert (await dispatch.as_(ADMINISTRATOR).put("/couriers", **roster)).status_code == 200
    coordinator = dispatch.as_(COORDINATOR)
    assert (await coordinator.get("/couriers/TKK-0411/items")).status_code == 200
    assert (await coordinator.put("/couriers", **roster)).status_code == 403
    return dispatch


async def kept(dispatch: ServiceUnderTest) -> list[tuple[Any, ...]]:
    return await dispatch.rows("select who, what, record, result from audit order by id")


async def test_each_write_each_look_and_each_refusal_is_kept_with_who_and_where(harness: Harness) -> None:
    dispatch = await dispatch_at_work(harness)
    assert await kept(dispatch) == [
        ("test-administrator", "roster-taken", None, "done"),
        ("test-kelurahan-coordinator", "looked-at-items", "TKK-0411", "done"),
        ("test-kelurahan-coordinator", "refused", None, "403"),
    ]
    ((name, roles, areas, route, address),) = await dispatch.rows(
        "select name, roles, areas, route, address from audit where what = 'looked-at-items'"
    )
    assert (name, roles, areas) == ("Dewi Koordinator", ["kelurahan-coordinator"], ["32.75.04.1005"])
    assert (route, address) == ("GET /couriers/{badge}/items", "127.0.0.1")


async def test_what_was_rolled_back_was_not_done_and_is_not_kept(harness: Harness) -> None:
    dispatch = await dispatch_at_work(harness)
    before = await kept(dispatch)
    refused = await dispatch.as_(COORDINATOR).post(
        "/handovers",
        json={"courier_badge": "TKK-0411", "application_ids": [str(uuid4())]},
        headers={"Idempotency-Key": "once-only"},
    )
    assert refused.status_code == 409
    assert await kept(dispatch) == before


async def test_the_auditor_reads_who_did_what_and_is_noted_for_it(harness: Harness) -> None:
    dispatch = await dispatch_at_work(harness)
    answer = await dispatch.browser(AUDITOR).get("/antar/audit")
    page = Page(answer)
    assert (answer.status_code, page.headings[0]) == (200, "Audit")
    for word in ("Dewi Koordinator", "looked-at-items", "TKK-0411", "Ditolak", "GET /couriers/{badge}/items"):
        assert word in page.text
    assert (await kept(dispatch))[-1] == ("test-auditor", "looked-at-audit", None, "done")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"akun": "test-administrator"}, {"roster-taken"}),
        ({"catatan": "TKK-0411"}, {"looked-at-items"}),
        ({"hari": "2001-01-01"}, set()),
        ({"akun": "test-kelurahan-coordinator", "catatan": "TKK-0411"}, {"looked-at-items"}),
    ],
)
async def test_it_is_found_by_person_record_and_day(harness: Harness, asked: dict[str, str], found: set[str]) -> None:
    dispatch = await dispatch_at_work(harness)
    table = await dispatch.as_(AUDITOR).get("/antar/audit.csv", params=asked)
    assert {row["tindakan"] for row in rows_of(table.text)} == found
    page = Page(await dispatch.browser(AUDITOR).get("/antar/audit", params=asked))
    assert {word for word in ("roster-taken", "looked-at-items") if word in page.text} == found


async def test_a_day_of_today_finds_today_and_what_is_no_day_is_told(harness: Harness) -> None:
    dispatch = await dispatch_at_work(harness)
    ((today,),) = await dispatch.rows("select (now() at time zone 'Asia/Jakarta')::date::text")
    table = await dispatch.as_(AUDITOR).get("/antar/audit.csv", params={"hari": today})
    assert len(rows_of(table.text)) == 4, "the three and this look"
    asked = {"hari": "kemarin", "akun": "test-administrator"}
    assert (await dispatch.as_(AUDITOR).get("/antar/audit.csv", params=asked)).status_code == 422
    page = Page(await dispatch.browser(AUDITOR).get("/antar/audit", params=asked))
    assert (page.status, page.form("audit").filled()["akun"]) == (422, "test-administrator")
    assert page.links["Tanggal tidak terbaca. Tulis TTTT-BB-HH, misalnya 2026-11-25."] == "#hari"


async def test_a_number_of_a_person_is_not_looked_for_and_not_kept(harness: Harness) -> None:
    dispatch = await dispatch_at_work(harness)
    before = await kept(dispatch)
    answer = await dispatch.as_(AUDITOR).get("/antar/audit", params={"catatan": "3275990101900001"})
    assert (answer.status_code, "3275990101900001" in answer.text) == (422, False)
    assert await kept(dispatch) == before


async def test_fifty_stand_on_a_page_and_the_next_one_goes_on_where_it_ended(harness: Harness) -> None:
    dispatch = await harness("dispatch")
    await dispatch.pool.execute(
        """
        insert into audit (who, name, roles, areas, route, what, address, result, details)
        select 'dewi', 'Dewi', '{}', '{}', 'GET /x', 'step-' || n || '-', '::1', 'done', '{}'
        from generate_series(1, 120) as n
        """
    )
    auditor, seen, path = dispatch.browser(AUDITOR), [], "/antar/audit?akun=dewi"
    while path:
        page = Page(await auditor.get(path))
        seen.append([n for n in range(1, 121) if f"step-{n}-" in page.text])
        path = page.links.get("Berikutnya", "")
    assert seen == [[*range(71, 121)], [*range(21, 71)], [*range(1, 21)]]


async def test_the_table_holds_all_and_no_cell_of_it_is_a_formula(harness: Harness) -> None:
    dispatch = await dispatch_at_work(harness)
    await dispatch.pool.execute(
        """
        insert into audit (who, roles, areas, route, what, address, result, details)
        select 'many', '{}', '{}', 'GET /x', 'step', '::1', 'done', '{}' from generate_series(1, 2500)
        """
    )
    answer = await dispatch.as_(AUDITOR).get("/antar/audit.csv")
    rows = rows_of(answer.text)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit-antar.csv"'
    assert (len(rows), len({row["nomor"] for row in rows})) == (2504, 2504)
    assert "'=HYPERLINK(Adi)" in {row["nama"] for row in rows}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize(
    "person",
    [someone(Role.SUPERVISOR), someone(Role.COUNTER), someone(Role.AUDITOR, areas=("32.75.04",)), None],
    ids=["supervisor", "counter", "auditor of a kecamatan", "nobody"],
)
async def test_nobody_else_reads_the_audit(harness: Harness, person: Any) -> None:
    dispatch = await harness("dispatch")
    for path in ("/antar/audit", "/antar/audit.csv"):
        assert (await dispatch.as_(person).get(path)).status_code == (403 if person else 401)


@pytest.mark.parametrize(("service", "path"), [("intake", "/loket"), ("printing", "/cetak"), ("notify", "/kabar")])
async def test_each_service_has_the_page(harness: Harness, service: str, path: str) -> None:
    under_test = await harness(service)
    assert (await under_test.browser(AUDITOR).get(f"{path}/audit")).status_code == 200
