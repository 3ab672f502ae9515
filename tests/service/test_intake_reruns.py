"""Files that are sent again: after a crash, by mistake, mended, or by two people at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

import asyncpg
import pytest

from services.intake.filework import Desk
from services.intake.importing import Importing
from services.intake.recording import load_reference
from services.intake.vault import Vault
from shared.events.intake import ApplicationRecorded
from shared.messaging.transaction import Database, Transaction
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.people import SECRET_KEY
from tests.service.intake_cases import (
    CSV,
    DIRTY,
    FORM,
    application,
    cancel,
    counts,
    download,
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
    cut_off = await killed.http.post("/imports", content=file(*rows), headers=CSV)
    assert (cut_off.status_code, cut_off.json()["code"]) == (500, "file-interrupted")
    assert "power cut" not in cut_off.text
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
    # The first code drawn is always another's, as chance would have it once in a million files.
    await intake.pool.execute(
        """
        create table rival (code text);
        create function rival() returns trigger language plpgsql as $$ begin
            if not exists (select from rival) then insert into rival values (new.tracking_code); end if;
            if exists (select from rival where code = new.tracking_code) then
                new.tracking_code := (select min(tracking_code) from application);
            end if;
            return new; end $$;
        """
    )
    await send(intake, file(row(1)))
    await intake.pool.execute("create trigger rival before insert on application for each row execute function rival()")
    async with asyncio.timeout(30):
        assert counts(await send(intake, file(row(1), row(2), row(3)))) == (3, 2, 1, 0)
    assert len(await intake.said(ApplicationRecorded)) == 3


class Unsteady(Database):
    """A database whose connection breaks at the commit of the third transaction, before or after it took effect."""

    def __init__(self, pool: asyncpg.Pool, *, after: bool) -> None:
        super().__init__(pool, "intake")
        self._after = after
        self._count = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        self._count += 1
        breaks = self._count == 3
        async with super().transaction() as tx:
            yield tx
            if breaks and not self._after:
                raise ConnectionResetError
        if breaks:
            raise ConnectionResetError


@pytest.mark.parametrize("after", [False, True])
async def test_a_connection_that_breaks_at_the_commit_costs_no_row_and_doubles_none(
    intake: ServiceUnderTest, after: bool
) -> None:
    async with intake.db.reading() as conn:
        work = Importing(Vault(bytes.fromhex(SECRET_KEY)), await load_reference(conn))
    content = BytesIO(file(*(row(n) for n in range(1, 21)), row(9, rw="99")).encode())
    id_ = await Desk(Unsteady(intake.pool, after=after), Vault(bytes.fromhex(SECRET_KEY)), 5).work_through(
        content, "APPLICATIONS", None, work
    )
    assert counts((await intake.http.get(f"/imports/{id_}")).json()) == (21, 20, 0, 1)
    assert len(await intake.said(ApplicationRecorded)) == 20
