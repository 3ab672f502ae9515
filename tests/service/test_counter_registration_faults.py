"""What is wrong on a family's sheet: each field says what to do, and nothing that was typed is lost."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.events.dispatch import DeliveryCompleted, Receiver
from shared.people import Role
from tests.browsing import Page
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.people import someone
from tests.service.counter_cases import ADDRESS, CARD, FAMILY, MOTHER, ONE, OTHER, SON, Counter
from tests.service.intake_cases import opened


@pytest.fixture
async def intake(harness: Harness) -> ServiceUnderTest:
    return await opened(await harness("intake"))


@pytest.fixture
def counter(intake: ServiceUnderTest) -> Counter:
    return Counter(intake)


def summary(page: Page) -> list[str]:
    """The sentences on top, in their order."""
    return [text for text, href in page.links.items() if href.startswith("#") and href != "#isi"]


FAULTS = [
    ("kk", "327599030112000", "Nomor KK harus 16 angka, baru terisi 15."),
    ("kk", "", "Isi Nomor KK."),
    ("hp", "021 8899 1234", "Nomor HP harus nomor seluler, misalnya 0812 3456 7890. Boleh dikosongkan."),
    ("hp", "0812", "Nomor HP harus nomor seluler, misalnya 0812 3456 7890. Boleh dikosongkan."),
    ("alamat", " ", "Isi alamat: jalan, gang, nomor rumah."),
    ("kelurahan", "", "Pilih kelurahan."),
    ("rw", "99", "RW 099 tidak ada di Kelurahan Bekasijaya."),
    ("rw", "1234", "RW ditulis 1 sampai 3 angka."),
    ("rt", "", "Isi RT."),
    ("nama1", "", "Orang 1: Isi nama lengkap, seperti di KK."),
    ("nama1", "Sartika 2", "Orang 1: Nama harus berisi huruf dan tidak boleh berisi angka."),
    ("nik1", "327599090800002", "Orang 1: NIK harus 16 angka, baru terisi 15."),
    ("nik1", "3275993102740003", "Orang 1: Tanggal pada NIK tidak ada di kalender. Periksa angka ke-7 sampai ke-12."),
    ("nik1", "", "Orang 1: Isi NIK. Tanpa NIK hanya dapat dimohonkan akta kelahiran."),
    ("hubungan1", "", "Orang 1: Pilih hubungan dalam keluarga."),
    ("dokumen1", None, "Orang 1: Pilih dokumen, atau hapus orang ini."),
    ("alasan1-KTP_EL", "", "Orang 1: Pilih alasan KTP-el."),
]


@pytest.mark.parametrize(("field", "typed", "sentence"), FAULTS, ids=[f"{f}-{n}" for n, (f, _, _) in enumerate(FAULTS)])
async def test_a_wrong_field_says_what_to_do_and_everything_else_stays_as_typed(
    intake: ServiceUnderTest, counter: Counter, field: str, typed: str | None, sentence: str
) -> None:
    values: dict[str, Any] = {**ONE, field: typed}
    answer = await counter.sends("/loket/daftar/periksa", {n: v for n, v in values.items() if v is not None})
    page = Page(answer)
    assert answer.status_code == 422
    assert page.links[sentence] == f"#{field}"
    assert "Ada 1 yang perlu diperbaiki" in page.text
    assert f'id="{field}"' in answer.text
    kept = page.form("/daftar/periksa").filled()
    for name, text in values.items():
        if text is not None:
            assert kept[name] == (text[0] if isinstance(text, list) else text)
    assert await intake.rows("select id from application") == []


async def test_all_faults_stand_on_top_in_the_order_of_the_sheet(counter: Counter) -> None:
    await counter.registers(ONE)
    page = await counter.checks({**FAMILY, "nik2": "327599090800002", "hp": "021 8899 1234", "lahir3": "31-02-2026"})
    assert page.links["Nomor HP harus nomor seluler, misalnya 0812 3456 7890. Boleh dikosongkan."] == "#hp"
    assert [re.sub(r" sudah .*", "", text) for text in summary(page)] == [
        "Nomor HP harus nomor seluler, misalnya 0812 3456 7890. Boleh dikosongkan.",
        "Orang 1: KTP-el",
        "Orang 2: NIK harus 16 angka, baru terisi 15.",
        "Orang 3: Tanggal ini tidak ada di kalender.",
    ]


async def test_the_same_in_english(intake: ServiceUnderTest) -> None:
    counter = Counter(intake, language="en")
    page = await counter.checks({**ONE, "nik1": "327599090800002", "rw": "99", "hubungan1": ""})
    assert summary(page) == [
        "There is no RW 099 in Kelurahan Bekasijaya.",
        "Person 1: A NIK has 16 digits, 15 so far.",
        "Person 1: Choose the relation to the head of the family.",
    ]
    assert "Family card" in page.text


async def test_nobody_is_on_the_sheet_twice(counter: Counter) -> None:
    page = await counter.checks({**ONE, **SON, "nik2": "3275 9954 0274 0003"})
    assert summary(page) == ["Orang 2: NIK ini sama dengan NIK orang 1. Satukan dokumennya di sana."]


async def test_a_baby_without_nik_needs_birth_date_and_sex(counter: Counter) -> None:
    baby = {
        "nama1": "Melati Wulandari",
        "hubungan1": "CHILD",
        "dokumen1": ["AKTA_KELAHIRAN"],
        "alasan1-AKTA_KELAHIRAN": "FIRST",
    }
    assert summary(await counter.checks({**ADDRESS, **baby})) == ["Orang 1: Isi tanggal lahir, karena belum ada NIK."]
    assert summary(await counter.checks({**ADDRESS, **baby, "lahir1": "01-11-2026"})) == [
        "Orang 1: Pilih jenis kelamin, karena belum ada NIK."
    ]
    review = await counter.checks({**ADDRESS, **baby, "lahir1": "01-11-2026", "jk1": "P"})
    assert "01-11-2026, perempuan" in review.text


async def test_thirty_persons_are_asked_to_come_as_several_sheets(counter: Counter) -> None:
    many = {
        f"{name}{n}": text
        for n in range(1, 31)
        for name, text in (
            ("nama", f"Warga {'ABCDEFGHIJ'[n // 10]}{'ABCDEFGHIJ'[n % 10]}"),
            ("nik", f"32759901019000{n:02}"),
            ("hubungan", "CHILD"),
        )
    }
    ticks = {f"dokumen{n}": "KTP_EL" for n in range(1, 31)} | {f"alasan{n}-KTP_EL": "FIRST" for n in range(1, 31)}
    page = await counter.checks({**ADDRESS, **many, **ticks})
    assert summary(page) == ["Paling banyak 12 orang sekali daftar. Hapus kelebihannya, lalu daftarkan nanti."]
    assert page.form("/daftar/periksa").filled()["nama30"] == "Warga DA"


async def test_a_person_is_added_and_taken_out_without_a_script_and_nothing_typed_is_lost(counter: Counter) -> None:
    more = Page(await counter.sends("/loket/daftar", {**ONE, "hp": "021", "tambah": "1"}))
    kept = more.form("/daftar/periksa").filled()
    assert kept["nama2"] == ""
    assert (kept["nama1"], kept["hp"], kept["dokumen1"]) == ("Sartika Wulandari", "021", "KTP_EL")
    less = Page(await counter.sends("/loket/daftar", {**FAMILY, "hapus": "1"}))
    kept = less.form("/daftar/periksa").filled()
    assert (kept["nama1"], kept["nama2"], kept["lahir2"]) == ("Bagas Prasetyo", "Melati Wulandari", "01/11/2026")
    assert kept["dokumen1"] == ["KTP_EL", "AKTA_KELAHIRAN"]
    assert "nama3" not in kept


async def test_a_block_in_which_nobody_wrote_is_no_fault(intake: ServiceUnderTest, counter: Counter) -> None:
    await counter.registers({**ONE, "nama2": "", "nik2": "", "hubungan2": ""})
    assert len(await intake.rows("select id from application")) == 1


async def test_a_nik_is_read_back(counter: Counter) -> None:
    page = Page(await counter.sends("/loket/daftar", {**FAMILY, "tambah": "1"}))
    assert "Terbaca: perempuan, lahir 14 Februari 1974. Cocokkan dengan KK." in page.text
    assert "Terbaca: laki-laki, lahir 9 Agustus 1900 atau 9 Agustus 2000. Cocokkan dengan KK." in page.text


async def test_a_doubt_is_no_refusal_but_has_to_be_ticked(intake: ServiceUnderTest, counter: Counter) -> None:
    review = await counter.checks({**ONE, "nik1": "9975995402740003"})
    assert review.status == 200
    assert "Orang 1: Kode wilayah NIK tidak dikenal. Boleh dilanjutkan bila sesuai KK." in review.text
    again = await counter.confirms(review)
    assert again.status_code == 422
    assert "Belum dicentang." in again.text
    assert await intake.rows("select id from application") == []
    assert (await counter.confirms(Page(again), yakin="nik:1:NIK_REGION_UNKNOWN")).status_code == 303
    assert await intake.rows("select doubts from application") == [("nik:NIK_REGION_UNKNOWN",)]


DOUBTS = [
    ({"nik1": "3201015402740003"}, "Orang 1: NIK diterbitkan di luar Kota Bekasi."),
    ({"lahir1": "15-02-1974"}, "Orang 1: Tanggal lahir berbeda dari tanggal di dalam NIK."),
    ({"jk1": "L"}, "Orang 1: Jenis kelamin berbeda dari yang tersirat di dalam NIK."),
    ({"kk": "3275993112900007"}, "Tanggal di dalam nomor KK"),
    ({"nama1": "Ay"}, "Orang 1: Nama sangat pendek."),
    ({**SON, "hubungan1": "HEAD", "nik1": "3275995402990003", "nik2": "3275990908700023"}, "Orang 1: Kepala keluarga lebih muda daripada anaknya."),
]  # fmt: skip


@pytest.mark.parametrize(("values", "doubt"), DOUBTS)
async def test_what_may_yet_be_right_is_asked_on_the_review(
    counter: Counter, values: dict[str, Any], doubt: str
) -> None:
    review = await counter.checks({**ONE, **values})
    assert review.status == 200
    assert f"Periksa: {doubt}" in review.text


async def test_a_known_family_card_fills_the_address_and_another_address_is_asked_about(
    intake: ServiceUnderTest, counter: Counter
) -> None:
    await counter.registers(ONE)
    known = Page(await counter.sends("/loket/daftar/kenali", {"kk": ADDRESS["kk"], "nama1": "Bagas"}))
    kept = known.form("/daftar/periksa").filled()
    assert (kept["alamat"], kept["rw"], kept["patokan"]) == (
        "Gang Kenari II No. 14",
        "011",
        "Pagar hijau, seberang musala",
    )
    assert (kept["hp"], kept["nama1"]) == ("+6281234567890", "Bagas")
    assert "Tanyakan: masih sama?" in known.text
    son = {name.replace("2", "1"): text for name, text in SON.items()}
    moved = await counter.checks({**ADDRESS, **son, "rt": "7"})
    assert "Keluarga ini tercatat di alamat lain" in moved.text
    assert "Keluarga ini tercatat" not in (await counter.checks({**ADDRESS, **son})).text


async def test_an_unknown_card_and_one_of_another_area_look_alike(intake: ServiceUnderTest, counter: Counter) -> None:
    await counter.registers(ONE)
    elsewhere = Counter(intake, someone(Role.COUNTER, areas=("32.75.04",)))
    for who, kk in ((counter, "3275990301120099"), (elsewhere, ADDRESS["kk"])):
        page = Page(await who.sends("/loket/daftar/kenali", {"kk": kk}))
        assert "KK ini belum dikenal di wilayah tugas Anda." in page.text
        assert page.form("/daftar/periksa").filled()["alamat"] == ""


async def test_a_telephone_of_five_other_families_is_asked_about(intake: ServiceUnderTest, counter: Counter) -> None:
    for n in range(1, 6):
        page = await counter.checks({**ONE, "kk": f"327599030112010{n}", "nik1": f"327599540274010{n}"})
        assert "dipakai" not in page.text
        await counter.confirms(page)
    page = await counter.checks(ONE)
    assert "Nomor HP ini dipakai 5 keluarga lain." in page.text


async def test_who_received_the_same_document_this_month_is_asked_why(
    intake: ServiceUnderTest, counter: Counter
) -> None:
    await counter.registers(ONE)
    [(id_,)] = await intake.rows("select id from application")
    now = datetime.now(UTC)
    await intake.hears(DeliveryCompleted(application_id=id_, receiver=Receiver.APPLICANT, courier_badge="TKK-0001",
                                         completed_at=now - timedelta(days=20), reported_at=now))  # fmt: skip
    review = await counter.checks(ONE)
    assert "KTP-el diterima kurang dari 30 hari lalu. Tanyakan sebabnya." in review.text
    assert (await counter.confirms(review, yakin="documents:1:RECEIVED_RECENTLY")).status_code == 303


async def test_a_family_whose_data_rest_is_not_recognised(intake: ServiceUnderTest, counter: Counter) -> None:
    await counter.registers(ONE)
    await intake.pool.execute("update application set restricted_at = now()")
    page = Page(await counter.sends("/loket/daftar/kenali", {"kk": ADDRESS["kk"]}))
    assert "KK ini belum dikenal di wilayah tugas Anda." in page.text


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} %(n)s",
    "Budi\0Santoso",
    "Budi \u202e otnasaS",
    "👨‍👩‍👧 Budi",
    "x" * 100_000,
    "'; drop table application; --",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_input_comes_back_as_it_was_typed_and_does_nothing(counter: Counter, text: str) -> None:
    for field in ("kk", "hp", "alamat", "kelurahan", "rw", "rt", "patokan", "nama1", "nik1", "hubungan1", "dokumen1",
                  "alasan1-KTP_EL", "alasan_kk", "lahir1", "jk1", "suket1", "bencana1"):  # fmt: skip
        answer = await counter.sends("/loket/daftar/periksa", {**ONE, **CARD, field: text})
        assert answer.status_code in (200, 422), (field, answer.status_code)
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        if answer.status_code == 422 and field in ("kk", "alamat", "nama1", "nik1"):
            kept = Page(answer).form("/daftar/periksa").filled()[field]
            assert kept == text.replace("\0", "\ufffd") or kept == text


async def test_an_officer_is_not_told_of_a_person_whom_they_may_not_register(intake: ServiceUnderTest) -> None:
    """Another's running application is told with its number and state, and with nothing of the person."""
    await Counter(intake, OTHER).registers(ONE)
    page = await Counter(intake).checks({**ONE, "nama1": "Orang Lain", "alamat": "Jalan Lain"})
    assert "KTP-el sudah dimohonkan" in page.text
    assert "Sartika" not in page.text.replace("Dewi", "")


async def test_only_officers_of_the_counter_register(intake: ServiceUnderTest) -> None:
    for role in set(Role) - {Role.COUNTER}:
        browser = intake.browser(someone(role))
        for path in ("/loket/daftar", "/loket/daftar/selesai/00000000-0000-7000-8000-000000000000"):
            assert (await browser.get(path)).status_code == 403


async def test_a_sheet_without_our_field_is_refused(counter: Counter) -> None:
    for path in ("", "/kenali", "/periksa", "/catat"):
        assert (await counter.browser.post(f"/loket/daftar{path}", data=ONE)).status_code == 403


async def test_the_numbers_of_the_family_stand_in_no_address_log_or_audit(
    intake: ServiceUnderTest, counter: Counter, capfd: pytest.CaptureFixture[str]
) -> None:
    address = await counter.registers(FAMILY)
    audit = str(await intake.rows("select route, what, record, details::text from audit"))
    seen = capfd.readouterr()
    for number in (ADDRESS["kk"], MOTHER["nik1"], SON["nik2"], "81234567890", "Sartika", "SARTIKA"):
        assert number not in address + audit + seen.out + seen.err
