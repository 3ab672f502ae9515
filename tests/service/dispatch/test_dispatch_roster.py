"""The roster of couriers arrives as a file; all of it is taken, or none with the reason."""

import asyncio
from uuid import uuid4

from services.dispatch import handlers
from shared.events.dispatch import DeliveryAssigned
from shared.messaging.consumer import Received
from tests.service.dispatch.city import KAYURINGIN, NOON, ROSTER, City, printed, recipient


async def test_a_roster_with_a_bad_row_changes_nothing(city: City) -> None:
    one = uuid4()
    await city.hears(recipient(one, "099"), printed(one))
    refused = await city.roster(ROSTER + f"{KAYURINGIN},099,TKK-0499,Eka Uji,\nAtlantis,001,TKK-1,Fani Uji,12\n")
    assert refused.status_code == 422
    body = refused.json()
    assert body["title"] == "Tidak ada yang disimpan. Ada 2 yang perlu diperbaiki."
    assert [e["field"] for e in body["errors"]] == ["baris 6: kelurahan", "baris 6: hp"]
    assert (await city.delivery(one))["state"] == "WAITING_FOR_COURIER"
    assert "TKK-0499" not in {c["badge"] for c in (await city.http.get("/couriers")).json()}


async def test_couriers_are_listed_page_by_page_with_all_their_rws(city: City) -> None:
    await city.roster(f"kelurahan;rw;badge;nama;hp\n{KAYURINGIN};20;TKK-0411;Budi Uji;\n")
    first = (await city.http.get("/couriers?limit=2")).json()
    assert [(c["badge"], c["rw"]) for c in first] == [("TKK-0103", "003"), ("TKK-0411", "011"), ("TKK-0411", "020")]
    rest = (await city.http.get("/couriers?after=TKK-0411&limit=2")).json()
    assert [(c["badge"], c["rw"]) for c in rest] == [("TKK-0412", "012")]


async def test_a_roster_that_arrives_while_documents_do_misses_none_of_them(empty_city: City) -> None:
    ids = [uuid4() for _ in range(60)]

    async def documents() -> None:
        for one in ids:
            await empty_city.hears(recipient(one), printed(one))

    async def rosters() -> None:
        for _ in range(10):
            await empty_city.roster()

    await asyncio.gather(documents(), rosters())
    said = await empty_city.said(DeliveryAssigned)
    assert sorted(e.application_id for e in said) == sorted(ids)


async def test_a_roster_waits_for_documents_that_are_just_looking_for_their_courier(empty_city: City) -> None:
    one = uuid4()
    await empty_city.hears(recipient(one))
    heard = Received(printed(one), str(one), 1, uuid4(), NOON)
    async with empty_city.service.db.transaction() as tx:
        await handlers.take_documents([heard], tx)
        roster = asyncio.create_task(empty_city.roster())
        await empty_city.until_it_waits(roster)
    assert (await roster).json()["assigned"] == 1
    assert (await empty_city.delivery(one))["state"] == "ASSIGNED"


async def test_a_file_that_is_no_roster_is_refused_in_words(city: City) -> None:
    for content, status in (
        (b"", 422),
        (b"kelurahan,rw,badge,nama,hp\n", 422),
        (b"kelurahan|rw|badge|nama|hp\n", 422),
        (b"PK\x03\x04\xff\xfe\x00", 422),
        (b"x" * (2 << 20), 413),
        (b"kelurahan,rw,badge,nama,hp\n" + b'"' + b"y" * 500_000, 422),
        (b"kelurahan,rw,badge,nama,hp" + b",z" * 200 + b"\n", 422),
    ):
        refused = await city.roster(content)
        assert refused.status_code == status, content[:40]
        assert refused.json()["title"].endswith("."), content[:40]
    assert len((await city.http.get("/couriers")).json()) == 3
