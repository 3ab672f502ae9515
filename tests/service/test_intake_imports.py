"""Files of applications: every row ends as taken, taken before, or refused with a reason, however often they are sent."""

import csv
import io
import json
from collections import Counter

import pytest

from shared.events.intake import ApplicationRecorded, RecipientRegistered
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.intake_cases import (
    CSV,
    DIRTY,
    HEADER,
    PERSONAL,
    counts,
    download,
    file,
    nik,
    opened,
    row,
    send,
)


@pytest.fixture
async def intake(harness: Harness) -> ServiceUnderTest:
    return await opened(await harness("intake", import_batch=4))


REFUSED = [
    ["3", "nik", "NIK_DIGITS_LOST"],
    ["5", "", "DUPLICATE_IN_FILE"],
    ["6", "rw", "UNKNOWN_RW"],
    ["8", "kelurahan", "UNKNOWN_KELURAHAN"],
    ["9", "", "ALREADY_OPEN"],
    ["10", "jenis_dokumen", "UNKNOWN_KIND"],
    ["11", "", "DUPLICATE_IN_FILE"],
    ["13", "tanggal_rekam", "DATE_IMPOSSIBLE"],
    ["16", "nik", "NIK_NOT_DIGITS"],
    ["17", "nik", "NIK_NOT_DIGITS"],
]
ACCEPTED = ["2", "4", "12", "14", "15"]


async def test_every_row_of_a_dirty_file_is_taken_or_refused_with_its_number_and_reason(
    intake: ServiceUnderTest,
) -> None:
    summary = await send(intake, DIRTY, "/imports?name=loket-september.csv")
    assert counts(summary) == (15, 5, 0, 10)
    assert summary["refused_by_code"] == dict(sorted(Counter(code for _, _, code in REFUSED).items()))
    assert (summary["state"], summary["name"]) == ("FINISHED", "loket-september.csv")
    lines = await download(intake, f"/imports/{summary['import_id']}/refused.csv")
    assert lines[0] == ["baris", "kolom", "kode", "keterangan"]
    assert [line[:3] for line in lines[1:]] == REFUSED
    assert lines[4][3] == "Kelurahan tidak dikenal. Tulis nama atau kode kelurahan di Kota Bekasi. Wajib diisi."
    accepted = await download(intake, f"/imports/{summary['import_id']}/accepted.csv")
    assert accepted[0] == ["baris", "nomor", "kode_lacak", "application_id"]
    assert [line[0] for line in accepted[1:]] == ACCEPTED
    told = await intake.said(ApplicationRecorded)
    assert [str(event.application_id) for event in told] == [line[3] for line in accepted[1:]]
    assert [r.tracking_code for r in await intake.said(RecipientRegistered)] == [line[2] for line in accepted[1:]]
    assert (await intake.http.get(f"/imports/{summary['import_id']}")).json() == summary


async def test_reports_repeat_nothing_that_was_written_and_start_no_formula(intake: ServiceUnderTest) -> None:
    summary = await send(intake, DIRTY)
    report = await intake.http.get(f"/imports/{summary['import_id']}/refused.csv")
    assert [word for word in (*PERSONAL, nik(2), "HYPERLINK", "CMD") if word in report.text.upper()] == []
    cells = [cell for line in csv.reader(io.StringIO(report.text)) for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


async def test_public_facts_of_an_import_hold_nothing_personal(intake: ServiceUnderTest) -> None:
    await send(intake, file(row(1), row(2)))
    public = " ".join(event.write().decode() for event in await intake.said(ApplicationRecorded)).upper()
    assert len(await intake.said(ApplicationRecorded)) == 2
    assert [word for word in PERSONAL if word in public] == []


async def test_rows_become_applications_in_the_order_of_the_file(intake: ServiceUnderTest) -> None:
    await send(intake, file(*(row(n) for n in range(1, 21))))
    told = await intake.said(RecipientRegistered)
    assert [recipient.nik_masked[-4:] for recipient in told if recipient.nik_masked] == [
        f"{n:04}" for n in range(1, 21)
    ]
    assert [r.office_number[-2:] for r in told] == [f"{n:02}" for n in range(1, 21)]
    assert sorted(told, key=lambda r: r.application_id) == told


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
async def test_files_of_spreadsheets_are_taken(intake: ServiceUnderTest, encoding: str) -> None:
    content = file(row(1), row(2)).replace(",", ";").replace("\n", "\r\n").encode(encoding)
    assert counts(await send(intake, content)) == (2, 2, 0, 0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (HEADER.encode(), "no-rows"),
        (file(row(1)).replace(",", "|").encode(), "header-not-recognised"),
        (f"nik,nama\n{nik(1)},Bintang\n".encode(), "missing-columns"),
        (b"PK\x03\x04" + bytes(3000), "not-csv"),
        ((",".join([HEADER, *(f"k{i}" for i in range(200))]) + "\n").encode(), "too-many-columns"),
    ],
)
async def test_a_file_that_cannot_be_meant_is_refused_as_a_whole(
    intake: ServiceUnderTest, content: bytes, code: str
) -> None:
    answer = await intake.http.post("/imports", content=content, headers=CSV)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["title"].endswith(".")
    assert await intake.pool.fetchval("select count(*) from import") == 0


async def test_rows_that_cannot_be_read_cost_themselves_only(intake: ServiceUnderTest) -> None:
    bad = [
        row(2, alamat="Jl. Caf\xe9").encode("latin-1"),
        row(3, alamat="Jl.\0").encode(),
        row(4, alamat="x" * 1_000_000).encode(),
        row(5, alamat='"Jl. Rembulan').encode(),
        row(6, alamat="Jl. Mawar, Blok A").encode(),
    ]
    content = b"\n".join([HEADER.encode(), row(1).encode(), *bad, row(7).encode()])
    summary = await send(intake, content)
    assert counts(summary) == (7, 2, 0, 5)
    assert summary["refused_by_code"] == {
        "COLUMN_COUNT": 1, "NOT_UTF8": 1, "NUL_BYTE": 1, "QUOTE_NOT_CLOSED": 1, "ROW_TOO_LONG": 1,
    }  # fmt: skip


async def test_only_csv_is_received(intake: ServiceUnderTest) -> None:
    answer = await intake.http.post("/imports", content=b"{}", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (415, "not-csv")


async def test_summaries_hold_nothing_personal(intake: ServiceUnderTest) -> None:
    summary = await send(intake, DIRTY)
    assert not [word for word in PERSONAL if word in json.dumps(summary).upper()]


async def test_a_list_of_neighbourhoods_with_many_faults_names_the_first_and_counts_all(
    intake: ServiceUnderTest,
) -> None:
    rows = "".join(f"Entah {n},1\n" for n in range(25))
    answer = await intake.http.put("/rw", content=f"kelurahan,rw\nMargahayu,2\n{rows}", headers=CSV)
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 20)
    assert answer.json()["title"].startswith("Ada 25 baris")
    assert answer.json()["errors"][0]["field"] == "baris 3: kelurahan"
    assert await intake.pool.fetchval("select count(*) from rw") == 2
