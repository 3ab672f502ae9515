"""Serial ranges as they stand on the ministry's letters, right and wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.printing.receiving import MAX_RANGE, SerialRange, clean, serial_range
from shared.http.problems import Problem


def refusal(first: str, last: str, quantity: int) -> str:
    with pytest.raises(Problem) as refused:
        serial_range(first, last, quantity)
    assert refused.value.status_code == 422
    assert refused.value.errors
    return refused.value.code


def test_a_range_holds_both_its_ends() -> None:
    assert serial_range("KA000998", "KA001002", 5) == SerialRange("KA000998", "KA001002", 5)


def test_serials_of_digits_alone_are_a_series_too() -> None:
    assert serial_range("00009", "00010", 2).quantity == 2


@pytest.mark.parametrize(
    ("first", "last", "quantity", "code"),
    [
        ("KA0001", "KA1000", 998, "quantity-mismatch"),
        ("KA0002", "KA0001", 1, "range-reversed"),
        ("KA0001", "KB0002", 2, "other-series"),
        ("KA001", "KA0002", 2, "other-series"),
        ("A9", "10", 2, "other-series"),
        ("KA", "KA0002", 2, "serial-shape"),
        ("KA0001", "KA-0002", 2, "serial-shape"),
        ("KA0001", "KA000Z", 2, "serial-shape"),
        ("KA0000001", "KA9999999", 9_999_999, "range-too-large"),
    ],
)
def test_a_wrong_range_is_refused_by_a_word_for_machines(first: str, last: str, quantity: int, code: str) -> None:
    assert refusal(first, last, quantity) == code


def test_the_refusal_says_what_letter_and_range_hold() -> None:
    with pytest.raises(Problem) as refused:
        serial_range("KA0001", "KA0998", 1000)
    assert refused.value.title == "Surat menyebut 1000 blangko, rentang memuat 998."


def test_a_scanner_may_add_blanks_and_small_letters() -> None:
    assert clean(" ka 0001\n") == "KA0001"


@given(
    prefix=st.from_regex(r"[A-Z]{0,5}", fullmatch=True),
    start=st.integers(0, 10**9),
    count=st.integers(1, MAX_RANGE),
    width=st.integers(10, 15),
)
def test_any_series_counts_its_blanks(prefix: str, start: int, count: int, width: int) -> None:
    first, last = f"{prefix}{start:0{width}d}", f"{prefix}{start + count - 1:0{width}d}"
    assert serial_range(first, last, count).quantity == count
