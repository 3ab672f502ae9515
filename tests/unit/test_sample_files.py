"""The sample is the same in every year and on every machine, and it has in it what real files have."""

import csv
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
from stdnum.id import nik as nik_oracle

from shared.events.regions import find_kelurahan, kelurahan_by_code
from tools.demo.run import COMMITTED, Options
from tools.sample.applications import Row
from tools.sample.city import build_wards
from tools.sample.command import sample
from tools.sample.deck import Deck
from tools.sample.dirt import DIRTS
from tools.sample.files import Size, sample_size, write_sample
from tools.sample.script import Line, read_script


@pytest.fixture(scope="module")
def script() -> list[Line]:
    return list(read_script(COMMITTED / "script.csv"))


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return _rows(COMMITTED / "permohonan.csv")


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Row(**row) for row in csv.DictReader(file)]


def test_the_committed_sample_is_what_the_generator_makes_byte_for_byte(tmp_path: Path) -> None:
    size = sample_size(COMMITTED)
    assert size == Options().size
    write_sample(tmp_path, size)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in COMMITTED.iterdir()}


def test_another_seed_makes_other_people(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_sample(tmp_path / str(seed), Size(50, 56, seed))
    assert (tmp_path / "1" / "permohonan.csv").read_text() != (tmp_path / "2" / "permohonan.csv").read_text()


def test_the_script_has_a_line_for_each_row_of_each_file(script: list[Line], rows: list[Row]) -> None:
    by_door = Counter(line.door for line in script)
    assert by_door == {"FILE": len(rows), "COUNTER": len(_rows(COMMITTED / "loket.csv"))}
    assert [line.row for line in script if line.door == "FILE"] == list(range(1, len(rows) + 1))


def test_every_number_of_a_person_is_in_the_district_that_does_not_exist(rows: list[Row]) -> None:
    for row in rows:
        digits = "".join(c for c in row.nik if c.isdigit())
        assert not digits or digits.startswith(("327599", "32759915"))
        assert row.nomor_kk.startswith("327599")


def test_a_clean_nik_holds_a_real_date_and_the_sex(script: list[Line], rows: list[Row]) -> None:
    clean = [row for line, row in _of_file(script, rows) if not line.refused and row.nik.isdigit()]
    women = [row for row in clean if int(row.nik[6:8]) > 40]
    assert all(nik_oracle.is_valid(row.nik) for row in clean[:200])
    assert {row.jenis_kelamin for row in women} == {"P"}
    assert len(women) > len(clean) // 3


def test_no_two_clean_applications_are_the_same_person_and_kind(script: list[Line], rows: list[Row]) -> None:
    taken = Counter((r.nik, r.jenis_dokumen) for line, r in _of_file(script, rows) if not line.refused and r.nik)
    assert max(taken.values()) == 1


def test_a_newborn_has_no_nik_and_was_born_before_the_application(script: list[Line], rows: list[Row]) -> None:
    babies = [row for row in rows if row.jenis_dokumen == "AKTA_KELAHIRAN"]
    assert babies
    for baby in babies:
        assert baby.nik == ""
        born = _day(baby.tanggal_lahir)
        assert born < datetime.fromisoformat(baby.tanggal_rekam).date()


def test_somebody_was_born_on_a_29_february(rows: list[Row]) -> None:
    assert any(row.tanggal_lahir.startswith("29-02-") for row in rows)


def test_every_kind_of_dirt_is_in_the_file_and_is_about_a_twentieth_of_it(script: list[Line]) -> None:
    refused = Counter(line.refused for line in script if line.refused)
    assert set(refused) == {dirt.code for dirt in DIRTS.values() if dirt.code}
    assert 0.03 < sum(refused.values()) / len(script) < 0.06


def test_no_two_applications_are_recorded_or_cleared_at_the_same_moment(script: list[Line], rows: list[Row]) -> None:
    recorded = Counter(row.tanggal_rekam for line, row in _of_file(script, rows) if not line.refused)
    cleared = Counter(line.observed_at for line in script if line.observed_at)
    assert max(recorded.values()) == 1
    assert max(cleared.values()) == 1


def test_more_people_need_a_card_than_there_are_blanks_in_both_lots(script: list[Line], rows: list[Row]) -> None:
    cards = [line for line, row in _of_file(script, rows) if row.jenis_dokumen == "KTP_EL" and line.cleared]
    assert len(cards) > 2450


def test_the_neighbourhoods_cover_all_kelurahan_and_a_few_have_no_courier() -> None:
    wards = build_wards(2017, 1013)
    assert len(wards) == 1013
    assert {ward.kelurahan.code for ward in wards} == set(kelurahan_by_code())
    without = [ward for ward in wards if not ward.covered]
    assert 5 < len(without) < 30
    assert any(ward.late for ward in without)
    assert any(ward.courier is None for ward in without)


def test_every_spelling_of_a_place_in_a_clean_row_is_a_place(script: list[Line], rows: list[Row]) -> None:
    assert all(find_kelurahan(row.kelurahan) for line, row in _of_file(script, rows) if not line.refused)


def test_adults_who_ask_for_a_card_are_of_age(script: list[Line], rows: list[Row]) -> None:
    for line, row in _of_file(script, rows):
        if row.jenis_dokumen == "KTP_EL" and not line.refused:
            born = _day(row.tanggal_lahir)
            asked = datetime.fromisoformat(row.tanggal_rekam).date()
            assert _birthday(born, 17) <= asked


def test_a_deck_deals_rare_cards_in_a_small_game_too() -> None:
    deck = Deck((("often", 0.9), ("rare", 0.08), ("rarest", 0.02)))
    assert Counter(deck.deal() for _ in range(50)) == {"often": 45, "rare": 4, "rarest": 1}


def _of_file(script: list[Line], rows: list[Row]) -> list[tuple[Line, Row]]:
    return list(zip((line for line in script if line.door == "FILE"), rows, strict=True))


def _day(written: str) -> date:
    day, month, year = map(int, written.split("-"))
    return date(year, month, day)


def _birthday(born: date, age: int) -> date:
    return date(born.year + age, born.month, min(born.day, 28))


def test_the_command_names_the_files_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample(tmp_path / "small", applications=10, rw=56, seed=1)
    named = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert {path.name for path in named} == {path.name for path in COMMITTED.iterdir()}
    assert all(path.exists() for path in named)
