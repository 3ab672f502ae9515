"""Records come back byte for byte, and those who remember a place find it again."""

import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.harness import Log as Written
from tests.harness import Logged
from tests.shared.conftest import assigned
from tools.backup.archive import PIECE
from tools.backup.cut import Aggregate
from tools.backup.entries import Entry, Pieces, read
from tools.backup.log import kept
from tools.backup.places import Now, Places

raw = st.none() | st.binary(max_size=40) | st.text(max_size=40).map(str.encode)
entries = st.builds(
    Entry,
    partition=st.integers(0, 11),
    offset=st.integers(0, 2**63 - 1),
    timestamp=st.integers(0, 2**45),
    key=raw,
    value=raw,
    headers=st.lists(st.tuples(st.text(max_size=10), raw), max_size=4).map(tuple),
)


def _pieces(given: Sequence[Entry]) -> list[bytes]:
    pieces = Pieces()
    return [*pieces.take(given), *pieces.rest()]


@settings(max_examples=40)
@given(st.lists(entries, max_size=10))
def test_whatever_stood_there_comes_back(given: list[Entry]) -> None:
    assert [entry for piece in _pieces(given) for entry in read(piece)] == given


def test_many_go_in_several_pieces_that_gzip_opens_as_one() -> None:
    many = [Entry(3, n, n, b"key", bytes(1000), ()) for n in range(3 * PIECE // 6000)]
    pieces = _pieces(many)
    assert len(pieces) > 1
    lines = gzip.decompress(b"".join(pieces)).splitlines()
    assert [json.loads(line)["offset"] for line in lines] == list(range(len(many)))


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 32)))
def test_a_place_is_behind_as_many_records_as_before(stood: set[int], remembered: set[int]) -> None:
    places = Places(("topic", 5, offset) for offset in remembered)
    for offset in sorted(stood):
        places.put_back("topic", 4, offset)
        places.put_back("topic", 5, offset)
    for offset in remembered:
        before = len([other for other in stood if other < offset])
        assert places.now("topic", 5, offset) == Now(before, offset in stood)


def _said(versions: Mapping[str, int]) -> Any:
    async def said(aggregates: Sequence[Aggregate]) -> dict[Aggregate, int]:
        return {(topic, key): versions[key] for topic, key in aggregates if key in versions}

    return said


async def test_what_was_said_after_the_cut_is_left_out_and_what_cannot_be_read_stays() -> None:
    one, other, log = uuid4(), uuid4(), Written()
    records = [log.record(assigned(key)) for key in (one, one, other, one)]
    strange = Logged(records[0].topic, 0, 4, None, b"?", ())
    said = _said({str(one): 2})
    assert await kept([*records, strange], 1, said) == [*records[:2], strange]
    assert await kept([*records, strange], 3, said) == [*records[:3], strange]
    assert await kept(records, 4, said) == records
