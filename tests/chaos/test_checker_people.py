"""I9: whoever could be known from an open topic, a log line, a metric or a copy of parked records is found."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from shared.events.intake import RecipientRegistered
from tests.chaos.case import Case
from tests.chaos.checker import check
from tests.chaos.search import Searcher
from tests.chaos.small_city import APPLICATION, COPIES, NIK, RECIPIENT, A, P, a_copy, copy_of, of, small_city
from tests.chaos.test_checker_log import found


def leaks(case: Case) -> set[tuple[str, str]]:
    """(place, canary) of each leak."""
    return {(where, key) for invariant, where, key in found(case) if invariant == "I9"}


@pytest.mark.parametrize("place", ["log intake", "metrics of printing", "refusal of notify"])
@pytest.mark.parametrize(
    ("text", "canary"),
    [
        (f'{{"event": "refused", "row": "{NIK}"}}', "canary 0"),
        (f"antar_refused_total{{nik=\"{NIK}\"}} 1", "canary 0"),
        ("to +6281299000111", "canary 1"),
        ("to 081299000111", "canary 1"),
        ("Jalan Mawar No. 7 RT 002", "canary 2"),
    ],
)  # fmt: skip
def test_a_person_in_a_text_is_found_in_any_case_and_spelling(place: str, text: str, canary: str) -> None:
    case = small_city()
    case.texts[place] = f"all is well\n{text}\nall is well"
    assert leaks(case) == {(place, canary)}


def test_each_place_is_named_with_those_who_were_found_there() -> None:
    case = small_city()
    case.texts |= {"log intake": "81299000111", "log notify": "jalan mawar no. 7"}
    assert leaks(case) == {("log intake", "canary 1"), ("log notify", "canary 2")}


def test_a_person_in_the_body_of_a_public_event_is_found() -> None:
    case = small_city()
    at = case.index(APPLICATION, A, 1)
    record = case.records[at]
    body = json.loads(record.value or b"") | {"full_name": f"ibu {NIK}"}
    case.records[at] = replace(record, value=json.dumps(body).encode())
    assert found(case) == {("I9", f"topic {APPLICATION}", "canary 0")}


def test_a_person_in_a_header_of_a_public_event_is_found() -> None:
    case = small_city()
    at = case.index(APPLICATION, A, 1)
    record = case.records[at]
    case.records[at] = replace(record, headers=[*record.headers, ("who", b"JALAN MAWAR NO. 7")])
    assert found(case) == {("I9", f"topic {APPLICATION}", "canary 2")}


def test_a_person_in_the_key_of_a_public_event_is_found_beside_an_empty_header() -> None:
    case = small_city()
    at = case.index(APPLICATION, A, 1)
    record = case.records[at]
    case.records[at] = replace(record, key=NIK.encode(), headers=[*record.headers, ("empty", None)])
    assert leaks(case) == {(f"topic {APPLICATION}", "canary 0")}


def test_a_person_in_a_copy_of_a_parked_record_is_found_though_it_is_in_base64() -> None:
    case = small_city()
    case.take_out(COPIES, P, 1)
    case.records.append(a_copy(of(RecipientRegistered, A, full_name=NIK).write()))
    assert found(case) == {("I9", f"topic {COPIES}", "canary 0")}


def test_a_person_in_a_header_of_a_copy_is_found() -> None:
    case = small_city()
    copy = case.take_out(COPIES, P, 1)
    body = json.loads(copy.value or b"") | {"headers": [["who", base64.b64encode(NIK.encode()).decode()]]}
    case.records.append(replace(copy, value=json.dumps(body).encode()))
    assert found(case) == {("I9", f"topic {COPIES}", "canary 0")}


def test_a_copy_of_a_record_of_the_restricted_topic_must_not_name_anybody_either() -> None:
    case, copies = small_city(), f"{RECIPIENT}.notify.parked"
    case.said["notify"][copies][P] = 1
    case.records.append(copy_of({"value": None, "headers": None}, copies))
    assert found(case) == set()
    case.records[-1] = copy_of({"value": base64.b64encode(NIK.encode()).decode(), "headers": None}, copies)
    assert found(case) == {("I9", f"topic {copies}", "canary 0")}


def test_a_search_that_meets_nobody_on_the_restricted_topic_is_blind() -> None:
    case = small_city()
    case.canaries = ("SOMEBODY ELSE",)
    assert found(case) == {("I9", "search", "restricted topic")}


def test_the_verdict_repeats_no_personal_data() -> None:
    case = small_city()
    case.texts["log intake"] = " and ".join(case.canaries)
    said = " ".join(map(str, check(case.evidence())))
    assert "canary 0" in said
    assert not [word for word in case.canaries if word in said]


def test_a_person_across_two_pieces_of_a_large_file_is_found(tmp_path: Path) -> None:
    large = tmp_path / "log"
    for before in range((1 << 20) - 20, (1 << 20) + 4):
        large.write_bytes(b"x" * before + NIK.encode() + b"x" * 50)
        searcher = Searcher([NIK])
        searcher.read_file("log", large)
        assert [finding.canary for finding in searcher.result().findings] == [0], before


def test_each_of_thousands_of_people_is_found_and_nobody_else() -> None:
    dice = Random(7)
    people = [f"{dice.choice('ABC')}{dice.randrange(10**9):09d}{dice.choice(' XY')}" for _ in range(3000)]
    people += ["SITI AMINAH", "SITI AMINAHWATI"]
    searcher = Searcher(people)
    searcher.read("nobody", " ".join(word[:-1] + "?" for word in people[:3000]))
    assert searcher.result().findings == []
    for number in range(0, 3000, 97):
        searcher.read(f"place {number}", f"somebody ({people[number].lower()})")
    assert {(f.place, f.canary) for f in searcher.result().findings} == {
        (f"place {number}", number) for number in range(0, 3000, 97)
    }


def test_a_canary_that_would_be_found_by_chance_is_not_taken() -> None:
    with pytest.raises(ValueError, match="7 characters"):
        Searcher(["SITI A"])
    assert Searcher(["SITI AM"]).result().findings == []
