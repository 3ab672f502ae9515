"""Files as offices send them: every separator, encoding and accident, and no row lost in silence."""

import io

import pytest

from services.intake.table import MAX_COLUMNS, MAX_LINE, Row, Table
from shared.http.problems import Problem
from shared.spreadsheet import harmless

HEADER = "nama,alamat,rw\n"


def read(data: str | bytes) -> list[Row]:
    raw = data.encode() if isinstance(data, str) else data
    return [row._replace(written=()) for row in Table(io.BytesIO(raw), ("nama", "alamat"), ("rw",))]


def refusal(data: str | bytes) -> Problem:
    with pytest.raises(Problem) as problem:
        read(data)
    return problem.value


SIMPLE = [
    Row(2, {"nama": "Budi", "alamat": "Jl. Mawar", "rw": "01"}),
    Row(3, {"nama": "Siti", "alamat": "", "rw": "2"}),
]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom"])
def test_separator_encoding_and_line_ends_are_recognised(separator: str, line_end: str, encoding: str) -> None:
    text = line_end.join(["nama,alamat,rw", "Budi,Jl. Mawar,01", "Siti,,2"]).replace(",", separator)
    data = (
        "\ufeff".encode(encoding[:-4]) + text.encode(encoding[:-4])
        if encoding.endswith("-bom")
        else text.encode(encoding)
    )
    assert read(data) == SIMPLE


def test_columns_may_stand_in_any_order_with_others_in_between() -> None:
    assert read("RW ,catatan, Nama ,ALAMAT\n01,x,Budi,Jl. Mawar\n2,,Siti,\n") == SIMPLE


def test_cells_in_quotes_may_hold_separators_quotes_and_line_breaks() -> None:
    rows = read(HEADER + '"Budi ""Udin""","Jl. Mawar, Blok A\nNo. 1\n",01\nSiti,5" pipa,2\n')
    assert rows[0].cells == {"nama": 'Budi "Udin"', "alamat": "Jl. Mawar, Blok A\nNo. 1\n", "rw": "01"}
    assert rows[1] == Row(3, {"nama": "Siti", "alamat": '5" pipa', "rw": "2"})


def test_rows_keep_the_numbers_that_a_spreadsheet_shows() -> None:
    rows = read(HEADER + "\nBudi,a,1\n,,\n   \nSiti,b,2\n")
    assert [row.number for row in rows] == [3, 6]


def test_missing_cells_at_the_end_of_a_row_are_empty() -> None:
    assert read(HEADER + "Budi,Jl. Mawar\n")[0].cells == {"nama": "Budi", "alamat": "Jl. Mawar"}
    assert read(HEADER + "Budi,Jl. Mawar,01,,\n")[0].fault is None


def test_a_stray_separator_is_told_before_it_moves_cells_into_wrong_columns() -> None:
    row = read(HEADER + "Budi,Jl. Mawar, Blok A,01\n")[0]
    assert row.fault is not None
    assert row.fault.code == "COLUMN_COUNT"


def test_a_quote_that_stays_open_costs_its_own_row_only() -> None:
    rows = read(HEADER + 'Budi,"Jl. Mawar,01\nSiti,b,2\nAgus,"c, d",3\n' + "Dewi,e,4\n" * 30)
    assert [(row.number, row.fault.code if row.fault else None) for row in rows[:4]] == [
        (2, "QUOTE_NOT_CLOSED"), (3, None), (4, None), (5, None),
    ]  # fmt: skip
    assert rows[2].cells["alamat"] == "c, d"
    assert len(rows) == 33


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b"Budi,Jl. Mawar\xe9,01", "NOT_UTF8"),
        (b'Budi,"Jl. Mawar\xe9",01', "NOT_UTF8"),
        (b"Budi,Jl.\0Mawar,01", "NUL_BYTE"),
        (b"Budi," + b"x" * 1_000_000 + b",01", "ROW_TOO_LONG"),
        (b'Budi,"' + b"x" * 1_000_000 + b'",01', "ROW_TOO_LONG"),
        (b'Budi,"' + b"\n".join([b"x" * 5000] * 19) + b'",01', "QUOTE_NOT_CLOSED"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_and_the_next_ones_are_read(row: bytes, code: str) -> None:
    rows = read(HEADER.encode() + b"Siti,a,1\n" * 600 + row + b"\nAgus,b,2\n")
    assert rows[600].fault is not None
    assert rows[600].fault.code == code
    assert rows[600].number == 602
    assert rows[-1].cells == {"nama": "Agus", "alamat": "b", "rw": "2"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty-file"),
        (b"\n\r\n  \n", "empty-file"),
        (b"nama,alamat,rw\n", "no-rows"),
        (b"nama,alamat,rw\n\n,,\n", "no-rows"),
        (b"nama|alamat|rw\nBudi|a|1\n", "header-not-recognised"),
        (b"Budi,Jl. Mawar,01\n", "header-not-recognised"),
        (b"\nnama,alamat,rw\nBudi,a,1\n", "header-not-recognised"),  # an empty first line
        (b"nama,rw\nBudi,1\n", "missing-columns"),
        (b"nama,alamat,nama\nBudi,a,Siti\n", "duplicate-columns"),
        (b"PK\x03\x04\x14\x00\x06\x00", "not-csv"),
        (b"\x00\x01\x02\x03" * 100, "not-text"),
        ("nama,alamat\nBudi,a\n".encode("utf-16-le"), "not-text"),  # without its mark it could be anything
        (b"nama,alamat," + b",".join(b"k%d" % i for i in range(200)) + b"\nBudi,a\n", "too-many-columns"),
        (b"nama,alamat," + b"x" * 100_000 + b"\nBudi,a\n", "too-many-columns"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_as_a_whole(data: bytes, code: str) -> None:
    problem = refusal(data)
    assert (problem.status_code, problem.code) == (422, code)
    assert "Budi" not in problem.title + str(problem.errors) + str(problem.more)


def test_missing_columns_are_named() -> None:
    assert [error["field"] for error in refusal("rw,catatan\n1,x\n").errors] == ["nama", "alamat"]


def test_columns_are_counted_up_to_a_limit() -> None:
    most = ",".join(["nama", "alamat", *(f"k{i}" for i in range(MAX_COLUMNS - 2))])
    assert len(read(f"{most}\nBudi,a\n")) == 1
    assert refusal(f"{most},zuviel\nBudi,a\n").code == "too-many-columns"


def test_a_file_without_a_single_line_break_is_not_held_in_memory() -> None:
    assert refusal(b"x" * (3 * MAX_LINE)).code in {"too-many-columns", "header-not-recognised"}


def test_all_cells_of_a_row_are_known_as_they_came_also_of_one_that_cannot_be_read() -> None:
    text = 'Nama;alamat;foto\nBudi;Jl. Mawar;b.jpg\nSiti;Jl;x;y\nA;"B;c\n' + "x" * (MAX_LINE + 1) + "\n"
    table = Table(io.BytesIO(text.encode()), ("nama", "alamat"), ())
    assert (table.header, table.separator) == (["Nama", "alamat", "foto"], ";")
    assert [list(row.written) for row in table] == [
        ["Budi", "Jl. Mawar", "b.jpg"], ["Siti", "Jl", "x", "y"], ["A", '"B', "c"], [],
    ]  # fmt: skip


@pytest.mark.parametrize("cell", ["=1+1", "+62 812", "-", "@SUM(1)", "\tx", "'=x", "'", "Jl. Ma'ruf", "O'Brien"])
def test_what_we_give_back_starts_no_formula_and_says_the_same_when_it_comes_again(cell: str) -> None:
    assert not harmless(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
    [row] = read(f"nama,alamat\n{harmless(cell)},x\n")
    assert row.cells["nama"] == (cell if cell != "'=x" else "=x")
