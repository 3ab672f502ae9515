"""Tracking codes are read aloud, typed on phones and guessed at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.tracking import SYMBOLS, new_code, read_code

bodies = st.lists(st.sampled_from(SYMBOLS), min_size=8, max_size=8).map("".join)


def with_check(body: str) -> str | None:
    return next((code for check in SYMBOLS if (code := read_code(f"BKS-{body}{check}"))), None)


def test_codes_differ_and_are_read_back() -> None:
    codes = [new_code() for _ in range(2000)]
    assert len(set(codes)) == 2000
    assert all(len(code) == 13 and read_code(code) == code for code in codes)
    assert {symbol for code in codes for symbol in code[4:12]} == set(SYMBOLS)


@pytest.mark.parametrize(
    "written", ["bks-7f3k9q2m{}", " BKS 7F3K 9Q2M {} ", "7F3K9Q2M{}", "BKS-7F3K-9Q2M-{}", "bks7f3k9q2m{}"]
)
def test_a_code_is_understood_however_it_is_typed(written: str) -> None:
    code = with_check("7F3K9Q2M")
    assert code is not None
    assert read_code(written.format(code[-1])) == code


def test_letters_that_look_like_digits_are_mended() -> None:
    code = with_check("10010101")
    assert code is not None
    assert read_code(code.replace("1", "l").replace("0", "O")) == code
    assert read_code(code.replace("1", "I").replace("0", "o")) == code


@pytest.mark.parametrize(
    "written", ["", "BKS-", "BKS-12", "BKS-7F3K9Q2U1", "BKS-7F3K9Q2M12", "3275990101900001", "BKS-7F3K9Q2é1"]
)
def test_what_is_no_code_is_not_read(written: str) -> None:
    assert read_code(written) is None


@given(bodies, st.integers(0, 8), st.sampled_from(SYMBOLS))
def test_one_wrong_symbol_is_noticed(body: str, place: int, wrong: str) -> None:
    code = with_check(body)
    if code is None or code[4 + place] == wrong:
        return
    assert read_code(code[: 4 + place] + wrong + code[5 + place :]) is None


@given(bodies, st.integers(0, 7))
def test_two_neighbours_swapped_are_noticed(body: str, place: int) -> None:
    code = with_check(body)
    if code is None or code[4 + place] == code[5 + place]:
        return
    at = 4 + place
    assert read_code(code[:at] + code[at + 1] + code[at] + code[at + 2 :]) is None
