"""An officer's file while intake is killed again and again: every row is taken once, and said once."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest

from shared.people import Role
from tests.browsing import Page
from tests.service.intake_cases import CSV, file, row
from tests.shared.test_subscription import eventually
from tools.embedded.bearer import Bearer
from tools.embedded.launcher import Launcher

ROWS, EACH = 2400, 20
OFFICER = "loket3"
HELD_UP = "select count(distinct pid) from pg_locks where not granted"
"""A session whose client was killed while it waits notices that only when its turn comes."""


@pytest.fixture
def platform() -> Iterator[Launcher]:
    """Intake as a process, which takes a file in small bites, with its log, its database and the sign-in."""
    with (
        tempfile.TemporaryDirectory(prefix="antar-tests-") as folder,
        Launcher(Path(folder) / "city", ("intake",), {"ANTAR_IMPORT_BATCH": str(EACH)}) as running,
    ):
        yield running


@pytest.fixture
async def officer(platform: Launcher) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser whose officer has signed in; two neighbourhoods are known."""
    url = platform.url("intake")
    async with httpx2.AsyncClient(auth=Bearer(platform.sign_in, lambda _: Role.ADMINISTRATOR)) as machine:
        content = "kelurahan,rw\nBekasi Jaya,11\n"
        assert (await machine.put(f"{url}/rw", content=content, headers=CSV)).json() == {"rw": 1}
    headers = {"Accept": "text/html"}
    async with httpx2.AsyncClient(base_url=url, headers=headers) as browser, httpx2.AsyncClient() as elsewhere:
        provider = (await browser.get("/loket/masuk")).headers["location"]
        await elsewhere.get(provider)
        chosen = await elsewhere.post(provider, data={"sub": OFFICER})
        assert (await browser.get(chosen.headers["location"])).status_code == 303
        yield browser


@pytest.fixture
async def database(platform: Launcher) -> AsyncIterator[asyncpg.Connection]:
    """Where intake keeps what it took."""
    connection = await asyncpg.connect(platform.dsn("intake"))
    yield connection
    await connection.close()


async def test_every_row_of_a_file_is_taken_once_though_intake_is_killed_over_it(
    platform: Launcher, officer: httpx2.AsyncClient, database: asyncpg.Connection
) -> None:
    content = file(*(row(n, rw="99" if n % 50 == 0 else "11") for n in range(1, ROWS + 1)))
    form: Any = Page(await officer.get("/loket/impor")).form("/loket/impor").filled()
    sent = await officer.post("/loket/impor", data=form, files={"berkas": ("loket.csv", content, "text/csv")})
    assert sent.status_code == 303, sent.text

    async with database.transaction():
        # Whoever counts a batch has written its rows and waits here with them: that is when it is killed, twice.
        counted = await database.fetchval("select rows from import where finished_at is null for update")
        assert counted < ROWS, "it was over before it was killed"
        for turn in (1, 2):
            await eventually(lambda turn=turn: database.fetchval(f"select ({HELD_UP}) = $1", turn), 60)
            former = platform.kill("intake")
            await asyncio.to_thread(platform.await_restart, "intake", former)
    await eventually(lambda: database.fetchval("select finished_at is not null from import"), 60)

    bad = ROWS // 50
    shown = Page(await officer.get(sent.headers["location"])).text
    assert f"{ROWS} baris diproses = {ROWS - bad} diterima" in re.sub(r"(?<=\d)\.(?=\d)", "", shown)
    assert await database.fetchval("select count(*) from application") == ROWS - bad
    assert await database.fetchval("select count(distinct person_hash) from application") == ROWS - bad
    assert await database.fetchval("select count(*) from import_refusal where code = 'UNKNOWN_RW'") == bad
    said = await database.fetch("select topic, count(*) as n, max(version) as last from stream_version group by topic")
    assert sorted(map(tuple, said)) == [
        (topic, ROWS - bad, 1) for topic in ("intake.application.v1", "intake.recipient.v1")
    ]
