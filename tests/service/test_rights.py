"""What people may ask of their data: to know what is held, that it rests, that it is erased; and the end of its time."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import httpx2
import pytest

from shared.events.intake import RECIPIENT, ApplicationCancelled, RecipientRegistered
from shared.people import Role
from tests.browsing import Page
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.people import someone
from tests.service.intake_cases import PERSONAL, application, cancel, clear, file, nik, opened, post, row, send

OFFICER = someone(Role.PRIVACY, name="Petugas Pelindungan")
COUNTER = someone(Role.COUNTER, Role.VERIFIER)


@pytest.fixture
async def intake(harness: Harness) -> ServiceUnderTest:
    return await opened(await harness("intake", retention_days=30))


@pytest.fixture
async def browser(intake: ServiceUnderTest) -> AsyncIterator[httpx2.AsyncClient]:
    async with intake.browser(OFFICER) as client:
        yield client


async def looked_for(browser: httpx2.AsyncClient, number: str) -> httpx2.Response:
    """What comes of looking for a NIK."""
    form = Page(await browser.get("/loket/hak")).form("/loket/hak")
    return await browser.post("/loket/hak", data=form.filled(nik=number))


async def person_page(browser: httpx2.AsyncClient, number: str = nik(1)) -> str:
    """The path of the page about the person with this NIK."""
    answer = await looked_for(browser, number)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def pressed(browser: httpx2.AsyncClient, path: str, action: str, **values: str) -> httpx2.Response:
    """The answer to a button of the person's page."""
    form = Page(await browser.get(path)).form(action)
    return await browser.post(form.action, data=form.filled(**values))


async def erased(browser: httpx2.AsyncClient, number: str = nik(1), **values: str) -> httpx2.Response:
    """Erases the person with this NIK on their request."""
    return await pressed(browser, await person_page(browser, number), "/hapus", sebab="REQUEST", **values)


async def tombstones(intake: ServiceUnderTest) -> list[str]:
    """Whose empty value was announced on the recipients' topic."""
    rows = await intake.rows("select key from outbox where topic = $1 and payload is null order by id", RECIPIENT.topic)
    return [key for (key,) in rows]


async def everything_but_outbox(intake: ServiceUnderTest) -> str:
    """All rows of all tables as text, in upper case, without what waits to be sent."""
    tables = await intake.rows("select tablename from pg_tables where schemaname = 'public' and tablename <> 'outbox'")
    found = [await intake.rows(f'select t::text from "{name}" t') for (name,) in tables]
    return str(found).upper()


async def test_all_that_is_held_of_a_person_is_had_in_one_document(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    first = await application(intake)
    second = await application(intake, document_kind="KK")
    await post(intake, f"/applications/{first}/correction", {"phone": "081299990000", "reason": "salah ketik"})
    await send(intake, file(row(1, rw="99", nama="Bintang Ditolak")))
    path = await person_page(browser)
    answer = await browser.get(f"{path}/ekspor.json")
    held = json.loads(answer.text)
    assert {entry["id"] for entry in held["permohonan"]} == {str(first), str(second)}
    [corrected] = [entry for entry in held["permohonan"] if entry["koreksi"]]
    assert corrected["identitas"]["nik"] == nik(1)
    assert corrected["koreksi"][0]["sebelum_dan_sesudah"] == {"phone": ["+6281234567890", "+6281299990000"]}
    assert "Bintang Ditolak" in held["baris_berkas_yang_ditolak"][0]["isi"]
    assert "recorded" in {entry["perbuatan"] for entry in held["siapa_yang_melihat_atau_mengubah"]}
    assert len(held["juga_ada_di"]) > 4
    assert "hash" not in answer.text


async def test_a_person_is_found_by_a_nik_that_stands_in_no_address_and_every_look_is_kept(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    id_ = await application(intake)
    path = await person_page(browser, "3275 9901 0190 0001")
    page = await browser.get(path)
    assert path == f"/loket/hak/{id_}"
    assert "3275********0001" in page.text
    assert nik(1) not in page.text
    kept = await intake.rows("select what, record from audit where who = $1 order by id", OFFICER.subject)
    assert kept == [("looked-for-person", str(id_)), ("looked-at-person", str(id_))]


@pytest.mark.parametrize(
    ("number", "sentence"), [(nik(9), "Tidak ada permohonan"), ("12", "NIK harus 16 angka."), (" ", "Isi NIK.")]
)
async def test_who_is_not_found_is_told_without_repeating_the_number(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient, number: str, sentence: str
) -> None:
    answer = await looked_for(browser, number)
    assert sentence in Page(answer).text
    assert number not in answer.text or len(number) < 5  # what is no NIK comes back, to be mended


async def test_data_that_rest_are_seen_and_changed_by_nobody_else_and_held_nowhere_else(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    id_ = await application(intake)
    path = await person_page(browser)
    assert (await pressed(browser, path, "/batasi")).status_code == 303
    assert await tombstones(intake) == [str(id_)]
    async with intake.as_(COUNTER, **{"Idempotency-Key": "request-of-counter"}) as counter:
        for answer in (
            await counter.get(f"/applications/{id_}"),
            await counter.post(f"/applications/{id_}/cancellation", json={"reason": "DUPLICATE"}),
            await counter.post(f"/applications/{id_}/correction", json={"phone": "", "reason": "x"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "restricted")
    told = len(await intake.said(RecipientRegistered))
    assert (await clear(intake, id_)).status_code == 200  # the case itself goes on
    corrected = await post(intake, f"/applications/{id_}/correction", {"address": "Jl. Baru 2", "reason": "pindah"})
    assert corrected.status_code == 200  # by one who looks after these rights
    assert len(await intake.said(RecipientRegistered)) == told


async def test_when_a_rest_is_lifted_those_who_deliver_and_notify_are_told_anew(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    id_ = await application(intake)
    [before] = await intake.said(RecipientRegistered)
    path = await person_page(browser)
    await pressed(browser, path, "/batasi")
    assert "Dibatasi" in Page(await browser.get(path)).text
    await pressed(browser, path, "/cabut")
    assert await intake.said(RecipientRegistered) == [before, before]
    async with intake.as_(COUNTER) as counter:
        assert (await counter.get(f"/applications/{id_}")).status_code == 200


async def test_erasing_a_person_leaves_nothing_of_them_and_the_case_in_the_books(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    ids = [await application(intake), await application(intake, document_kind="KK")]
    await post(intake, f"/applications/{ids[0]}/correction", {"landmark": "dekat REMBULAN", "reason": "kata Bintang"})
    await send(intake, file(row(1, rw="99"), row(1, jenis_dokumen="Akta Kelahiran"))
               .replace("\n", "\r\n"))  # fmt: skip
    for (id_,) in await intake.rows("select id from application"):
        await cancel(intake, id_)
    answer = await erased(browser)
    assert answer.status_code == 303, answer.text
    left = await everything_but_outbox(intake)
    assert [word for word in PERSONAL if word in left or word.encode().hex().upper() in left] == []
    numbers = await intake.rows("select office_number, state, rw, erased_at is not null from application order by id")
    assert [number[1:] for number in numbers] == [("CANCELLED", "011", True)] * 3
    assert sorted(await tombstones(intake)) == sorted(
        str(id_) for (id_,) in await intake.rows("select id from application")
    )
    assert "Tidak ada permohonan" in (await looked_for(browser, nik(1))).text
    assert "sudah dihapus" in Page(await browser.get(answer.headers["location"])).text
    assert (await intake.http.get(f"/applications/{ids[0]}")).status_code == 410
    erasures = await intake.rows("select count(*), min(details ->> 'reason') from audit where what = 'erased'")
    assert erasures == [(3, "REQUEST")]


async def test_two_applications_of_an_erased_person_cannot_be_told_to_be_of_one(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    for kind in ("KTP_EL", "KK"):
        await cancel(intake, await application(intake, document_kind=kind))
    other = await application(intake, nik=nik(2))
    before = dict(await intake.rows("select id, person_hash from application"))
    await erased(browser)
    after = dict(await intake.rows("select id, person_hash from application"))
    assert len(set(after.values())) == 3
    assert {id_ for id_ in before if before[id_] == after[id_]} == {other}
    assert await intake.rows("select count(distinct household_id) from application") == [(3,)]
    assert (await intake.http.get(f"/applications/{other}")).status_code == 200


async def test_a_live_application_is_cancelled_first_and_only_when_that_was_agreed_to(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    id_ = await application(intake)
    refused = await erased(browser)
    assert (refused.status_code, "dibatalkan dahulu" in refused.text) == (422, True)
    assert await tombstones(intake) == []
    assert (await erased(browser, batalkan="ya")).status_code == 303
    [cancelled] = await intake.said(ApplicationCancelled)
    assert cancelled.application_id == id_


async def test_an_erasure_needs_a_reason(intake: ServiceUnderTest, browser: httpx2.AsyncClient) -> None:
    await cancel(intake, await application(intake))
    answer = await pressed(browser, await person_page(browser), "/hapus")
    assert (answer.status_code, "Pilih sebab penghapusan." in answer.text) == (422, True)


async def test_who_has_a_document_on_its_way_is_erased_once_it_is_back(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    id_ = await application(intake)
    await intake.pool.execute("update application set state = 'HANDED_OVER' where id = $1", id_)
    path = await person_page(browser)
    page = Page(await browser.get(path))
    assert "Minta dokumen dikembalikan dahulu" in page.text
    form = page.form("/batasi").filled(sebab="REQUEST", batalkan="ya")
    answer = await browser.post(f"{path}/hapus", data=form)
    assert answer.status_code == 409
    assert await tombstones(intake) == []


async def test_ended_cases_say_whose_they_were_until_their_time_is_over(intake: ServiceUnderTest) -> None:
    old, young, live = [await application(intake, nik=nik(n)) for n in (1, 2, 3)]
    for id_, days in ((old, 31), (young, 29)):
        await cancel(intake, id_)
        await intake.pool.execute(
            "update application set cancelled_at = now() - $2::interval where id = $1", id_, timedelta(days=days)
        )
    await intake.works()
    assert await intake.rows("select id from application where erased_at is not null") == [(old,)]
    assert await tombstones(intake) == [str(old)]
    assert await intake.rows("select route, record from audit where what = 'erased'") == [("retention", str(old))]
    assert (await intake.http.get(f"/applications/{live}")).status_code == 200


async def test_data_that_rest_outlast_their_time_until_the_rest_is_lifted(
    intake: ServiceUnderTest, browser: httpx2.AsyncClient
) -> None:
    id_ = await application(intake)
    await cancel(intake, id_)
    path = await person_page(browser)
    await pressed(browser, path, "/batasi")
    await intake.pool.execute("update application set cancelled_at = now() - interval '40 days'")
    await intake.works()
    assert await intake.rows("select count(*) from application where erased_at is not null") == [(0,)]
    await pressed(browser, path, "/cabut")
    await intake.works()
    assert await intake.rows("select count(*) from application where erased_at is not null") == [(1,)]


async def test_forms_that_nobody_came_back_for_are_gone_after_their_time(intake: ServiceUnderTest) -> None:
    for minutes in (10, 20):
        await intake.pool.execute(
            "insert into draft (id, sealed, at) values (gen_random_uuid(), 'x', now() - $1::interval)",
            timedelta(minutes=minutes),
        )
    await intake.works()
    assert await intake.rows("select count(*) from draft") == [(1,)]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PRIVACY])
async def test_these_pages_are_for_those_who_look_after_these_rights_alone(
    intake: ServiceUnderTest, role: Role
) -> None:
    async with intake.browser(someone(role)) as client:
        assert (await client.get("/loket/hak")).status_code == 403
        assert (await client.get(f"/loket/hak/{UUID(int=1)}/ekspor.json")).status_code == 403
