"""Rosters as spreadsheets export them."""

import codecs

import pytest

from services.dispatch.roster import mobile, read_roster, rw_code
from services.dispatch.store.couriers import Beat
from shared.http.problems import Problem

HEADING = "kelurahan,rw,badge,nama,hp\n"
BUDI = Beat("32.75.04.1005", "011", "TKK-0411", "Budi Uji", "+6281234567890")


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(Problem) as refused:
        read_roster(text.encode())
    assert refused.value.status_code == 422
    return [(e["field"], e["code"]) for e in refused.value.errors]


@pytest.mark.parametrize("encode", [
    lambda text: text.encode(),
    lambda text: codecs.BOM_UTF8 + text.encode(),
    lambda text: text.encode("utf-16"),
    lambda text: text.replace(",", ";").encode(),
    lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: text.replace("kelurahan,rw,badge", " Kelurahan ,RW,Badge").encode(),
    lambda text: (text + ",,,,\n\n").encode(),
])  # fmt: skip
def test_every_usual_export_of_a_spreadsheet_is_read(encode) -> None:  # type: ignore[no-untyped-def]
    assert read_roster(encode(HEADING + "Kayuringin Jaya,11,TKK-0411,Budi  Uji,0812 3456 7890\n")) == [BUDI]


@pytest.mark.parametrize("kelurahan", ["32.75.04.1005", "3275041005", "KAYURINGINJAYA", "Kel. Kayuringin Jaya"])
def test_a_kelurahan_is_known_by_code_and_by_every_usual_spelling(kelurahan: str) -> None:
    assert read_roster(f"{HEADING}{kelurahan},011,TKK-0411,Budi Uji,081234567890\n".encode()) == [BUDI]


def test_columns_may_stand_in_any_order_beside_others() -> None:
    text = "no,hp,nama,badge,rw,kelurahan\n1,081234567890,Budi Uji,TKK-0411,11,Kayuringinjaya\n"
    assert read_roster(text.encode()) == [BUDI]


def test_faults_name_row_column_and_reason() -> None:
    text = HEADING + "Atlantis,0,,,123\nKayuringinjaya,1a,TKK 1,Budi Uji,\nKayuringinjaya,1234,TKK-1,Budi Uji,\n"
    assert faults(text) == [
        ("baris 2: kelurahan", "unknown-kelurahan"),
        ("baris 2: rw", "not-an-rw"),
        ("baris 2: badge", "not-a-badge"),
        ("baris 2: nama", "no-name"),
        ("baris 2: hp", "not-a-mobile"),
        ("baris 3: rw", "not-an-rw"),
        ("baris 3: badge", "not-a-badge"),
        ("baris 4: rw", "not-an-rw"),
    ]


def test_one_rw_has_one_courier_and_one_badge_one_name() -> None:
    row = "Kayuringinjaya,{rw},TKK-0411,{name},\n"
    text = HEADING + row.format(rw=11, name="Budi Uji") + row.format(rw="011", name="Budi Uji")
    assert faults(text) == [("baris 3: rw", "twice")]
    text = HEADING + row.format(rw=11, name="Budi Uji") + row.format(rw=12, name="Ani Uji")
    assert faults(text) == [("baris 3: badge", "two-names")]


def test_of_many_faults_twenty_are_shown_and_all_are_counted() -> None:
    with pytest.raises(Problem) as refused:
        read_roster((HEADING + "Atlantis,1,TKK-1,Budi Uji,\n" * 50).encode())
    assert len(refused.value.errors) == 20
    assert "Ada 50 yang perlu diperbaiki" in refused.value.title


def test_a_missing_column_is_named() -> None:
    with pytest.raises(Problem) as refused:
        read_roster(b"kelurahan,rw,nama\n")
    assert refused.value.title == "Kolom tidak ditemukan di baris pertama: badge, hp."


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0812-3456-7890", "+6281234567890"),
        ("+62 812 3456 7890", "+6281234567890"),
        ("62812 34567890", "+6281234567890"),
        ("+62 0812 3456 7890", "+6281234567890"),
        ("0062 812 3456 7890", "+6281234567890"),
        ("81234567890", "+6281234567890"),
        (" ", ""),
        ("021 555 1234", None),
        ("8.12E+10", None),
        ("08123", None),
    ],
)
def test_a_mobile_number_is_stored_in_one_form(typed: str, stored: str | None) -> None:
    assert mobile(typed) == stored


@pytest.mark.parametrize(("typed", "code"), [("1", "001"), ("011", "011"), ("000", None), ("", None), ("١١", None)])
def test_an_rw_has_three_digits(typed: str, code: str | None) -> None:
    assert rw_code(typed) == code
