"""The coordinator's board and the courier's own list show what is theirs, and no more."""

from uuid import uuid4

from shared.people import Person, Role
from tests.browsing import Page
from tests.people import someone
from tests.service.dispatch.city import KAYURINGIN, MARGAHAYU, City, attempt, printed, recipient

COORDINATOR = someone(Role.COORDINATOR, areas=(KAYURINGIN,))
BUDI = someone(Role.COURIER, areas=(f"{KAYURINGIN}/011",), badge="TKK-0411")


async def board(city: City, *areas: str) -> str:
    page = Page(await city.service.browser(someone(Role.COORDINATOR, areas=areas or (KAYURINGIN,))).get("/antar"))
    assert page.status == 200
    return page.text


async def own_items(city: City, person: Person = BUDI) -> Page:
    page = Page(await city.service.browser(person).get("/antar/saya"))
    assert page.status == 200
    return page


async def test_an_empty_kelurahan_says_where_documents_will_appear(city: City) -> None:
    assert "Tidak ada dokumen di sini. Kiriman dinas berikutnya muncul di halaman ini." in await board(city)


async def test_the_board_tells_who_holds_what_in_its_own_area_alone(city: City) -> None:
    await city.with_courier()
    waiting = uuid4()
    await city.hears(recipient(waiting, "012"), printed(waiting))
    elsewhere = uuid4()
    await city.hears(recipient(elsewhere, "003", kelurahan_code=MARGAHAYU), printed(elsewhere))
    text = await board(city)
    assert "Kelurahan Kayuringinjaya" in text
    assert "RW 011 Kayuringinjaya TKK-0411 Sedang diantar 0 1 0 hari" in text
    assert "RW 012 Kayuringinjaya TKK-0412 Menunggu diserahkan 1 0 0 hari" in text
    assert "TKK-0103" not in text
    assert "Kecamatan Bekasi Timur" in (district := await board(city, "32.75.01"))
    assert "TKK-0103" in district
    assert "TKK-0411" not in district
    assert "Seluruh kota" in await board(city, "32.75")


async def test_what_needs_somebody_today_stands_on_top(city: City) -> None:
    lonely = uuid4()
    await city.hears(recipient(lonely, "020"), printed(lonely))
    held = await city.with_courier()
    await city.service.pool.execute("alter table custody disable trigger logged_only")
    await city.service.pool.execute(
        "update custody set since = now() - interval '100 hours' where application_id = $1", held
    )
    wrong = await city.with_courier("012", "TKK-0412")
    await city.reports(attempt(wrong, "WRONG_RW", badge="TKK-0412"))
    text = await board(city)
    assert "RW 011 Kayuringinjaya: ada dokumen dipegang petugas lebih dari 3 hari" in text
    assert "RW 020 Kayuringinjaya: 1 dokumen tanpa petugas" in text
    assert "1 dokumen harus dialihkan ke RW lain" in text


async def test_a_courier_sees_his_own_doors_with_what_finds_them_and_is_noted(city: City) -> None:
    await city.with_courier()
    other = await city.with_courier("012", "TKK-0412")
    page = await own_items(city)
    assert "RT 003 · Gang Kenari II No. 14" in page.headings
    for word in ("RW 011, Kayuringinjaya", "1 rumah, 1 dokumen", "Sartika U. W.", "Pagar hijau", "Kunjungan 1 dari 3"):
        assert word in page.text
    assert "Ambil KTP lama atau suket." in page.text
    assert page.links["Telepon"] == "tel:+6281234567890"
    assert "Sartika Uji Wulandari" not in page.text
    assert str(other) not in page.text
    assert await city.service.rows(
        "select who, record, details->>'items' from audit where what = 'looked-at-items'"
    ) == [("test-courier", "TKK-0411", "1")]


async def test_two_documents_of_a_household_stand_under_one_door_and_one_that_was_erased_under_none(city: City) -> None:
    household = uuid4()
    for _ in range(2):
        one = uuid4()
        await city.hears(recipient(one, household_id=household), printed(one))
    await city.hand_over()
    assert "1 rumah, 2 dokumen" in (await own_items(city)).text
    await city.service.pool.execute("delete from recipient where application_id = $1", one)
    text = (await own_items(city)).text
    assert "2 rumah, 2 dokumen" in text
    assert "Data penerima sudah dihapus. Bawa dokumen kembali ke kelurahan." in text


async def test_nothing_in_hand_is_said_and_an_account_without_a_badge_is_told_whom_to_ask(city: City) -> None:
    assert "Tidak ada antaran. Manifes baru muncul di sini." in (await own_items(city)).text
    without = await city.service.browser(someone(Role.COURIER, areas=(f"{KAYURINGIN}/011",))).get("/antar/saya")
    assert without.status_code == 403
    assert "Akun Anda belum memuat nomor kartu petugas" in Page(without).text
