"""NIK, family-card and phone numbers as people and spreadsheets write them."""

from datetime import date

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.id import nik as oracle

from services.intake.digits import NotRead
from services.intake.nik import birth_dates, kk_doubts, mask, nik_doubts, read_kk, read_nik, sex_of
from services.intake.phone import as_dialled, read_phone

NIK = "3275990101900001"


@pytest.mark.parametrize(
    "written",
    [
        "3275990101900001",
        " 3275990101900001 ",
        "3275 9901 0190 0001",
        "3275.9901.0190.0001",
        "327599-010190-0001",
        "'3275990101900001",
        '="3275990101900001"',
        "3.275.990.101.900.001",
        "3275990101900001.0",
        "3275990101900001,00",
        "3.275990101900001E+15",
        "3,275990101900001e15",
        "3275\u00a09901\u200b01900001",
    ],
)
def test_a_nik_is_mended_where_no_digit_was_lost(written: str) -> None:
    assert read_nik(written) == NIK


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("3.27599E+15", "NIK_DIGITS_LOST"),
        ("3,27599E+15", "NIK_DIGITS_LOST"),
        ("3.2759901019E+15", "NIK_DIGITS_LOST"),
        ("9.101990101900001E+15", "NIK_DIGITS_LOST"),  # beyond what a spreadsheet's number can hold exactly
        ("9101990101900001.0", "NIK_DIGITS_LOST"),
        ("3275990101900000", "NIK_SERIAL_ZERO"),  # the sixteenth digit went
        ("327599010190000", "NIK_LENGTH"),
        ("32759901019000011", "NIK_LENGTH"),
        ("32759901O1900001", "NIK_NOT_DIGITS"),
        ("327599010190000l", "NIK_NOT_DIGITS"),
        ("٣٢٧٥٩٩٠١٠١٩٠٠٠٠١", "NIK_NOT_DIGITS"),  # digits of another script
        ("²275990101900001", "NIK_NOT_DIGITS"),
        ("-", "NIK_NOT_DIGITS"),
        ("tidak ada", "NIK_NOT_DIGITS"),
        ("3275993102900001", "NIK_DATE_IMPOSSIBLE"),
        ("3275990113900001", "NIK_DATE_IMPOSSIBLE"),
        ("3275990001900001", "NIK_DATE_IMPOSSIBLE"),
        ("3275997201900001", "NIK_DATE_IMPOSSIBLE"),
        ("3275994001900001", "NIK_DATE_IMPOSSIBLE"),
        ("3275992902010001", "NIK_DATE_IMPOSSIBLE"),  # neither 1901 nor 2001 had a 29 February
    ],
)
def test_a_nik_that_cannot_be_is_refused_with_the_reason(written: str, code: str) -> None:
    with pytest.raises(NotRead) as refusal:
        read_nik(written)
    assert refusal.value.code == code
    assert written not in str(refusal.value)


@pytest.mark.parametrize(
    ("nik", "dates", "sex"),
    [
        ("3275990101900001", (date(1990, 1, 1),), "L"),
        ("3275994101900001", (date(1990, 1, 1),), "P"),
        ("3275997112900001", (date(1990, 12, 31),), "P"),
        ("3275992902000001", (date(2000, 2, 29),), "L"),  # 1900 was no leap year
        ("3275996902040001", (date(2004, 2, 29),), "P"),
        ("3275990808170001", (date(2017, 8, 8),), "L"),
    ],
)
def test_birth_date_and_sex_are_read_from_a_nik_in_either_century(nik: str, dates: tuple[date, ...], sex: str) -> None:
    assert read_nik(nik) == nik
    assert set(dates) <= set(birth_dates(nik))
    assert sex_of(nik) == sex


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.booleans(), st.integers(1, 9999))
def test_every_calendar_day_makes_a_nik_that_the_public_library_takes_too(born: date, woman: bool, serial: int) -> None:
    day = born.day + (40 if woman else 0)
    nik = f"327599{day:02}{born:%m%y}{serial:04}"
    assert read_nik(nik) == nik
    assert born in birth_dates(nik)
    assert sex_of(nik) == ("P" if woman else "L")
    assert oracle.is_valid(nik)


@given(st.integers(0, 79), st.integers(0, 99), st.integers(0, 99))  # above, the library counts days modulo 40
def test_no_nik_is_taken_that_the_public_library_refuses_for_its_date(day: int, month: int, year: int) -> None:
    nik = f"327599{day:02}{month:02}{year:02}0001"
    try:
        read_nik(nik)
        taken = True
    except NotRead:
        taken = False
    # The library prefers 19YY and so never sees that 29 February 2000 existed while that of 1900 did not.
    assert taken == oracle.is_valid(nik) or (day % 40, month, year) == (29, 2, 0)


def test_what_differs_from_the_form_is_a_doubt_and_no_refusal() -> None:
    assert nik_doubts(NIK, date(1990, 1, 1), "L") == []
    assert nik_doubts(NIK, date(1990, 1, 2), "P") == ["NIK_BIRTH_DATE_DIFFERS", "NIK_SEX_DIFFERS"]
    assert nik_doubts("3173010101900001", None, None) == ["NIK_REGION_OTHER"]
    assert nik_doubts("1001010101900001", None, None) == ["NIK_REGION_UNKNOWN"]  # pre-SIAK numbers of West Java
    assert nik_doubts("0275010101900001", None, None) == ["NIK_REGION_UNKNOWN"]
    assert read_nik("1001010101900001") == "1001010101900001"


def test_only_the_ends_of_a_nik_are_shown() -> None:
    assert mask(NIK) == "3275********0001"


@pytest.mark.parametrize("kk", ["3275990101170001", "3275 9901 0117 0001", "3275993102170001", "3275994101170001"])
def test_a_family_card_number_is_sixteen_digits_and_its_date_no_reason_to_refuse(kk: str) -> None:
    assert read_kk(kk) == kk.replace(" ", "")


def test_an_odd_date_in_a_family_card_number_is_a_doubt() -> None:
    today = date(2026, 11, 25)
    assert kk_doubts("3275990101170001", today) == []
    assert kk_doubts("3275990101970001", today) == []  # the nineties
    assert kk_doubts("3275993102170001", today) == ["KK_DATE_IMPOSSIBLE"]
    assert kk_doubts("3275990101300001", today) == ["KK_DATE_IN_FUTURE"]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("3.27599E+15", "KK_DIGITS_LOST"),
        ("3275990101170000", "KK_SERIAL_ZERO"),
        ("12", "KK_LENGTH"),
        ("x", "KK_NOT_DIGITS"),
    ],
)
def test_a_family_card_number_that_cannot_be_is_refused(written: str, code: str) -> None:
    with pytest.raises(NotRead, match=code):
        read_kk(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("081234567890", "+6281234567890"),
        ("0812-3456-7890", "+6281234567890"),
        ("0812 3456 7890", "+6281234567890"),
        ("(0812) 3456 7890", "+6281234567890"),
        ("81234567890", "+6281234567890"),
        ("6281234567890", "+6281234567890"),
        ("+62 812-3456-7890", "+6281234567890"),
        ("+62 0812 3456 7890", "+6281234567890"),
        ("+62(0)812 3456 7890", "+6281234567890"),
        ("62 0812 3456 7890", "+6281234567890"),
        ("0062 812 3456 7890", "+6281234567890"),
        ("00620812 3456 7890", "+6281234567890"),
        ("'081234567890", "+6281234567890"),
        ("6281234567890.0", "+6281234567890"),
        ("8.1234567890E+10", "+6281234567890"),
        ("62812345678", "+62812345678"),  # the trap: read with a default region it becomes a landline in Jawa
        ("0810123456", "+62810123456"),
        ("0899123456789", "+62899123456789"),
    ],
)
def test_a_mobile_number_is_understood_however_it_is_written(written: str, meant: str) -> None:
    assert read_phone(written) == meant


@pytest.mark.parametrize("shown", ["0812 3456 7890", "0812 3456 789", "0812 3456 7890 1"])
def test_a_phone_number_is_shown_as_it_is_read_out_and_dialled(shown: str) -> None:
    assert as_dialled(read_phone(shown)) == shown


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("021-88958585", "PHONE_NOT_MOBILE"),
        ("+62 21 8895 8585", "PHONE_NOT_MOBILE"),
        ("0812", "PHONE_INVALID"),
        ("0812345678901234", "PHONE_INVALID"),
        ("0841234567", "PHONE_INVALID"),
        ("0812345678/0813456789", "PHONE_INVALID"),
        ("+60 12 345 6789", "PHONE_NOT_INDONESIAN"),
        ("0060123456789", "PHONE_NOT_INDONESIAN"),
        ("8.12346E+11", "PHONE_DIGITS_LOST"),
        ("0812abc", "PHONE_NOT_DIGITS"),
        ("-", "PHONE_NOT_DIGITS"),
    ],
)
def test_a_number_that_no_message_reaches_is_refused_with_the_reason(written: str, code: str) -> None:
    with pytest.raises(NotRead) as refusal:
        read_phone(written)
    assert refusal.value.code == code


@given(st.from_regex(r"[2-9][0-9]{5,13}", fullmatch=True))
def test_what_counts_as_mobile_is_what_the_numbering_plan_says(national: str) -> None:
    number = phonenumbers.parse(f"+62{national}", None)
    mobile = phonenumbers.is_valid_number(number) and (
        phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    )
    try:
        assert read_phone(f"+62{national}") == f"+62{national}"
        taken = True
    except NotRead:
        taken = False
    assert taken == mobile
