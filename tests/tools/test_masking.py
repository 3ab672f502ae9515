"""Whatever is broken in a record, nothing personal in it reaches the screen of the person on call."""

import base64
import json

import pytest

from shared.events.catalogue import parked_topic
from tools.masking import MASK, masked, printable, shown_data, shown_header, shown_key

PUBLIC, RESTRICTED = "dispatch.delivery.v1", "intake.recipient.v1"
NIK = "3275990101010001"
KEY = "01987654-0812-7345-8901-081234567890"


@pytest.mark.parametrize(
    "personal",
    [NIK, "3275.9901.0101.0001", "327599 010101 0001", "+6281234567890", "0812-3456-7890", "(021)081234567890",
     "6281234567890", "siti.contoh+1@bekasi.example.id", "tel0812345678", "99" + NIK, "BKS-3456-78345", "bks345678345"],
)  # fmt: skip
def test_numbers_and_addresses_are_replaced_wherever_they_stand(personal: str) -> None:
    for text in (personal, f"kata {personal} kata", f"[{personal}]"):
        assert not any(digit in masked(text).replace("(021)", "") for digit in "345678"), masked(text)
        assert "siti" not in masked(text)


@pytest.mark.parametrize(
    "harmless", [KEY, "2026-11-25T06:15:48.012345+00:00", "TKK-0001", "32.75.01.1001", "KTP/2026/11/000001", "001"]
)
def test_ids_times_and_codes_stay_readable(harmless: str) -> None:
    assert masked(harmless) == harmless


def test_a_number_glued_to_an_id_or_a_time_is_not_hidden_behind_it() -> None:
    assert NIK not in masked(f"2026-11-25T06:15:48.{NIK}")
    assert NIK not in masked(f"{KEY}{NIK}")


def test_names_of_fields_and_plain_numbers_are_masked_too() -> None:
    value = json.dumps({NIK: int(NIK), "n": [1, 6281234567890], "deep": {"x": "a@b.id"}}).encode()
    assert shown_data(PUBLIC, value) == {MASK: MASK, "n": [1, MASK], "deep": {"x": MASK}}


def test_of_a_restricted_topic_the_declared_names_of_fields_are_all_that_is_shown() -> None:
    value = json.dumps({"full_name": "SITI", "rt": 1, "SITI": "x", "email": None}).encode()
    assert shown_data(RESTRICTED, value) == {"full_name": MASK, "rt": MASK, MASK: MASK, "email": None}
    assert shown_data("unknown.v1", b'{"a": "SITI"}') == {MASK: MASK}


@pytest.mark.parametrize("value", [b"SITI CONTOH {", b"\xff SITI", b"[" * 100_000])
def test_garbage_on_a_restricted_topic_is_counted_and_not_shown(value: bytes) -> None:
    assert shown_data(RESTRICTED, value) == f"<{len(value)} bytes, not JSON; not shown>"


def test_garbage_on_a_public_topic_is_shown_in_part_without_numbers() -> None:
    assert shown_data(PUBLIC, b"{broken " + NIK.encode()) == "<24 bytes, not JSON: {broken ***>"
    told = shown_data(PUBLIC, b"\xff\x00" + NIK.encode())
    assert told == "<18 bytes, not JSON: ff 00 2a 2a 2a>"


def test_a_copy_of_a_parked_record_is_opened_before_it_is_masked() -> None:
    hidden = base64.b64encode(json.dumps({"note": f"NIK {NIK}"}).encode()).decode()
    header = base64.b64encode(b"0812-3456-7890").decode()
    copy = {"topic": PUBLIC, "partition": 1, "offset": 2, "record_key": NIK, "version": 3, "code": "bad-data",
            "headers": [["ce_type", header]], "value": hidden}  # fmt: skip
    told = shown_data(parked_topic(PUBLIC, "notify"), json.dumps(copy).encode())
    assert told["value"] == {"note": f"NIK {MASK}"}
    assert (told["record_key"], told["headers"]) == (MASK, {"ce_type": MASK})
    assert "not shown" in shown_data(parked_topic(PUBLIC, "notify"), b'{"value": "SITI"}')


def test_a_key_and_a_foreign_header_of_a_restricted_topic_are_shown_only_if_they_are_ids() -> None:
    assert shown_key(RESTRICTED, KEY) == KEY
    assert shown_key(RESTRICTED, "SITI CONTOH") == MASK
    assert shown_header(RESTRICTED, "x-name", b"SITI") == MASK
    assert shown_header(RESTRICTED, "ce_subject", b"SITI") == MASK


def test_what_could_move_the_cursor_is_not_printed() -> None:
    assert printable("a\x1b[2Jb\n\u202e\ud800") == "a\ufffd[2Jb\ufffd\ufffd\ufffd"
