"""Files of applications: every row ends as taken, taken before, or refused with a reason, however often they are sent."""

import asyncio
import csv
import io
import json
from collections import Counter
from uuid import UUID

import asyncpg
import pytest

from shared.events.intake import (
    ApplicationClearedForPrint,
    ApplicationRecorded,
    CentralStatusObserved,
    RecipientRegistered,
)
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.intake_cases import (
    CSV,
    FORM,
    HEADER,
    PERSONAL,
    application,
    cancel,
    clear,
    counts,
    file,
    nik,
    opened,
    post,
    row,
    send,
)


@pytest.fixture
async def intake(harness: Harness) -> ServiceUnderTest:
    return await opened(await harness("intake", import_batch=4))


async def download(intake: ServiceUnderTest, path: str) -> list[list[str]]:
    """The lines of a report."""
    answer = await intake.http.get(path)
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.text)))


DIRTY = file(
    row(1),
    row(2, nik="3.27599E+15"),
    row(3, nik="3275 9901 0190 0003", no_hp="+62 0812 3456 7890"),
    row(1),  # the same again, in its own batch
    row(4, rw="99"),
    "",
    row(5, kelurahan="Cibinong", rt=""),
    row(1, alasan="hilang"),  # the same person, another reason
    row(6, jenis_dokumen="SIM"),
    row(1),  # and again, in another batch
    row(7, no_hp=""),
    row(8, tanggal_rekam="31-02-2026"),
    row(1, jenis_dokumen="KK"),
    row(9, alamat='"=HYPERLINK(""http://x"")"', nama="=cmd"),
    row(10, nama="@SUM(1)", nik="=1+1"),
    row(11, nik="abc", nama="+x"),
)
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


async def test_the_same_file_again_takes_nothing_and_refuses_the_same_rows(intake: ServiceUnderTest) -> None:
    first = await send(intake, DIRTY)
    facts = await intake.said()
    again = await send(intake, DIRTY)
    assert counts(again) == (15, 0, 5, 10)
    assert again["refused_by_code"] == first["refused_by_code"]
    assert await intake.said() == facts
    for report in ("refused.csv", "accepted.csv"):
        lines = [await download(intake, f"/imports/{run['import_id']}/{report}") for run in (first, again)]
        assert lines[0] == lines[1]


async def test_a_mended_file_brings_what_was_not_taken(intake: ServiceUnderTest) -> None:
    await send(intake, file(row(1), row(2, rw="99"), row(3)))
    again = await send(intake, file(row(4), row(1), row(2), row(3)))
    assert counts(again) == (4, 2, 2, 0)


async def test_the_spelling_of_a_row_does_not_make_it_another(intake: ServiceUnderTest) -> None:
    await send(intake, file(row(1)))
    again = row(1, nik="3275.9901.0190.0001", nama="contoh  bintang KEJORA", no_hp="+62 812-3456-7890", rw="011",
                kelurahan="32.75.01.1001", jenis_dokumen="ktp_el", alasan="FIRST", tanggal_rekam="2026-11-03")  # fmt: skip
    assert counts(await send(intake, file(again))) == (1, 0, 1, 0)


async def test_a_row_is_known_after_its_application_was_corrected_or_has_ended(intake: ServiceUnderTest) -> None:
    await send(intake, file(row(1), row(2)))
    first, second = [event.application_id for event in await intake.said(ApplicationRecorded)]
    await post(intake, f"/applications/{first}/correction", {"nik": nik(7), "reason": "salah ketik"})
    await cancel(intake, second)
    assert counts(await send(intake, file(row(1), row(2), row(2, alasan="hilang")))) == (3, 1, 2, 0)


async def test_who_applied_at_the_counter_is_refused_in_a_file(intake: ServiceUnderTest) -> None:
    await application(intake)
    summary = await send(intake, file(row(1), row(2)))
    assert (counts(summary), summary["refused_by_code"]) == ((2, 1, 0, 1), {"ALREADY_OPEN": 1})


async def test_a_run_killed_half_way_and_sent_again_is_as_one_undisturbed_run(harness: Harness) -> None:
    rows = [row(n % 60, nama=f"Contoh {'ABC'[n % 3]}") if n % 7 else row(n, rw="99") for n in range(1, 160)]
    undisturbed = await opened(await harness("intake", import_batch=10))
    whole = await send(undisturbed, file(*rows))

    killed = await opened(await harness("intake", import_batch=10))
    await killed.pool.execute(
        """
        create function power_cut() returns trigger language plpgsql as
        $$ begin if new.row_number > 55 then raise 'power cut'; end if; return new; end $$;
        create trigger power_cut before insert on import_row for each row execute function power_cut();
        """
    )
    with pytest.raises(asyncpg.RaiseError):
        await send(killed, file(*rows))
    half = await killed.pool.fetchrow("select * from import")
    assert (half["rows"], half["finished_at"]) == (50, None)
    await killed.pool.execute("drop trigger power_cut on import_row")
    again = await send(killed, file(*rows))

    assert again["taken"] + again["already_taken"] == whole["taken"]
    assert again["already_taken"] == half["taken"] > 0
    assert again["refused_by_code"] == whole["refused_by_code"]
    assert len(await killed.said(ApplicationRecorded)) == len(await undisturbed.said(ApplicationRecorded))
    lines = [
        await download(s, f"/imports/{run['import_id']}/refused.csv")
        for s, run in ((killed, again), (undisturbed, whole))
    ]
    assert lines[0] == lines[1]


async def test_the_same_file_sent_twice_at_the_same_moment_is_taken_once(intake: ServiceUnderTest) -> None:
    content = file(*(row(n % 30 + 1) for n in range(40)))
    runs = await asyncio.gather(*(send(intake, content) for _ in range(3)))
    assert sum(run["taken"] for run in runs) == len(await intake.said(ApplicationRecorded)) == 30
    for run in runs:
        assert run["taken"] + run["already_taken"] == 30
        assert run["refused_by_code"] == {"DUPLICATE_IN_FILE": 10}


async def test_a_file_and_the_counter_at_the_same_moment_take_each_person_once(intake: ServiceUnderTest) -> None:
    summary, *answers = await asyncio.gather(
        send(intake, file(*(row(n) for n in range(1, 31)))),
        *(post(intake, "/applications", {**FORM, "nik": nik(n)}) for n in range(1, 31)),
    )
    at_counter = sum(answer.status_code == 201 for answer in answers)
    assert summary["taken"] + at_counter == 30
    assert summary["refused_by_code"].get("ALREADY_OPEN", 0) == at_counter


async def test_another_application_with_the_same_tracking_code_costs_no_row(intake: ServiceUnderTest) -> None:
    # The first code drawn is taken away by a rival in the database, as chance would once in a million files.
    await intake.pool.execute(
        """
        create function rival() returns trigger language plpgsql as $$ begin
            if not exists (select from rival) then
                insert into rival select; new.tracking_code := (select min(tracking_code) from application);
            end if;
            return new; end $$;
        create table rival ();
        """
    )
    await send(intake, file(row(1)))
    await intake.pool.execute("create trigger rival before insert on application for each row execute function rival()")
    assert counts(await send(intake, file(row(1), row(2), row(3)))) == (3, 2, 1, 0)
    assert len(await intake.said(ApplicationRecorded)) == 3


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


async def clearances(intake: ServiceUnderTest, *lines: str) -> dict[str, object]:
    summary = await send(intake, "\n".join(lines), "/clearances")
    return {word: summary[word] for word in ("rows", "cleared", "already_cleared", "mirrored", "refused")}


async def test_a_file_of_the_ministrys_words_clears_by_office_number(intake: ServiceUnderTest) -> None:
    await send(intake, file(*(row(n) for n in range(1, 7))))
    numbers = [recipient.office_number for recipient in await intake.said(RecipientRegistered)]
    ids = [recipient.application_id for recipient in await intake.said(RecipientRegistered)]
    await cancel(intake, ids[5])
    content = [
        "nomor;status;tanggal",
        f"{numbers[0]};PRR;05-11-2026", f"{numbers[1].lower()};print ready record;2026-11-05T09:30:15+07:00",
        f"{numbers[2]};SENT_FOR_ENROLLMENT;05-11-2026", f"{numbers[0]};PRR;", "KTP/2026/11/999999;PRR;",
        f"{numbers[3]};;", f"{numbers[3]};PRR;01-01-2999", f"{numbers[5]};PRR;", f"{numbers[4]};DUPLICATE_RECORD;",
        f"{numbers[4]};PRR;",
    ]  # fmt: skip
    assert await clearances(intake, *content) == {
        "rows": 10,
        "cleared": 3,
        "already_cleared": 1,
        "mirrored": 2,
        "refused": 4,
    }
    cleared = await intake.said(ApplicationClearedForPrint)
    assert {c.application_id for c in cleared} == {ids[0], ids[1], ids[4]}
    assert [c.cleared_at.isoformat() for c in cleared if c.application_id in ids[:2]] == [
        "2026-11-05T00:00:00+07:00", "2026-11-05T09:30:15+07:00",
    ]  # fmt: skip
    words = {(w.application_id, w.word) for w in await intake.said(CentralStatusObserved)}
    assert words == {(ids[2], "SENT_FOR_ENROLLMENT"), (ids[4], "DUPLICATE_RECORD")}
    facts = await intake.said()
    again = await clearances(intake, *content[:9])
    assert again == {"rows": 8, "cleared": 0, "already_cleared": 3, "mirrored": 1, "refused": 4}
    assert await intake.said() == facts


async def test_refused_words_are_reported_by_row(intake: ServiceUnderTest) -> None:
    summary = await send(
        intake, "nomor,status,tanggal\nKTP/2026/11/000009,PRR,\nKTP/2026/11/000009,,kemarin\n", "/clearances"
    )
    lines = await download(intake, f"/clearances/{summary['clearance_id']}/refused.csv")
    assert [line[:3] for line in lines[1:]] == [["2", "nomor", "UNKNOWN_APPLICATION"], ["3", "status", "STATUS_FORMAT"]]
    assert summary["refused_by_code"] == {"STATUS_FORMAT": 1, "UNKNOWN_APPLICATION": 1}


async def test_a_file_of_the_ministrys_words_clears_by_nik_and_kind(intake: ServiceUnderTest) -> None:
    await send(intake, file(row(1), row(1, jenis_dokumen="KK"), row(2)))
    content = [
        "nik,jenis_dokumen,status,tanggal", "3275 9901 0190 0001,KTP-el,PRR,05-11-2026", f"{nik(2)},KK,PRR,",
        f"{nik(2)},SIM,PRR,", "3.27599E+15,KTP,PRR,",
    ]  # fmt: skip
    assert await clearances(intake, *content) == {
        "rows": 4,
        "cleared": 1,
        "already_cleared": 0,
        "mirrored": 0,
        "refused": 3,
    }
    by_state = (await intake.http.get("/summary")).json()["by_state"]
    assert (by_state["CLEARED"], by_state["RECORDED"]) == (1, 2)


async def test_a_nik_means_the_live_application_before_an_ended_one(intake: ServiceUnderTest) -> None:
    ended = await application(intake)
    await cancel(intake, ended)
    live = await application(intake)
    content = ["nik,jenis_dokumen,status", f"{nik(1)},KTP,PRR"]
    assert (await clearances(intake, *content))["cleared"] == 1
    assert (await intake.http.get(f"/applications/{live}")).json()["state"] == "CLEARED"
    assert (await clear(intake, UUID(str(live)))).json()["result"] == "already_cleared"


async def test_summaries_hold_nothing_personal(intake: ServiceUnderTest) -> None:
    summary = await send(intake, DIRTY)
    assert not [word for word in PERSONAL if word in json.dumps(summary).upper()]
