"""A tracking code is read the way people write it down."""

import pytest

from services.intake.tracking import new_code
from services.notify.codes import is_nik, read_code, write_code


@pytest.mark.parametrize(
    "typed",
    [
        "BKS-7F3K9Q01M",
        "BKS-7F3K-9Q01M",
        "bks 7f3k 9q01m",
        "7F3K9Q01M",
        " bks–7f3k–9qoim ",
        "BKS7F3K9QOLM",
        "7f3k-9q0lm",
    ],
)
def test_spaces_case_prefix_and_look_alike_letters_are_mended(typed: str) -> None:
    assert read_code(typed) == "7F3K9Q01M"


def test_a_code_that_begins_with_the_letters_of_the_prefix_keeps_them() -> None:
    assert read_code("BKS7F3K9Q") == "BKS7F3K9Q"
    assert read_code("BKS-BKS7F3K9Q") == "BKS7F3K9Q"


@pytest.mark.parametrize(
    "typed", ["", "BKS", "BKS-7F3K9Q2M", "BKS-7F3K9Q2MXX", "BKS-7F3U9Q2MX", "3275991708900001", "🙂" * 9]
)
def test_what_can_be_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


def test_a_code_is_written_in_groups_and_read_back() -> None:
    assert write_code("7F3K9Q2MX") == "BKS-7F3K-9Q2MX"
    assert read_code(write_code("7F3K9Q2MX")) == "7F3K9Q2MX"


@pytest.mark.parametrize("typed", ["3275991708900001", "3275 9917 0890 0001", "327599.170890-0001"])
def test_a_nik_is_known_for_what_it_is(typed: str) -> None:
    assert is_nik(typed)
    assert not is_nik(typed[:-1])


def test_the_codes_that_the_counter_gives_out_are_read() -> None:
    for code in (new_code() for _ in range(200)):
        symbols = read_code(code.lower().replace("0", "o").replace("1", "l"))
        assert symbols == code.removeprefix("BKS-")
        assert read_code(write_code(symbols)) == symbols
