"""Backed up in the middle of a demonstration, lost to the last volume and secret, restored: all adds up and goes on."""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Awaitable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import httpx2
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared.kafka import client
from shared.reach import committed_by
from tests.compose.conftest import REPORT
from tests.compose.installation import SERVICES, Compose, ComposeError
from tests.compose.outside import Installation
from tests.end_to_end.demo_cases import SMALL
from tools.demo.books import Books, Expected, Told
from tools.demo.checks import Check, compare
from tools.demo.doors import Doors
from tools.demo.groups import subscriptions
from tools.demo.job import BLANK, SITE
from tools.demo.ledgers import read_books
from tools.demo.run import Demonstration
from tools.demo.stillness import Stillness
from tools.demo.story import Story
from tools.demo.topics import read_topics
from tools.deploy.backup_keys import IDENTITY

T = TypeVar("T")
PHASE = "Second lot of blanks, printed"
"""In which the backup is made: cards are printed, given to couriers, and their owners told."""
ABSENT = "notify"
"""Who is away meanwhile, so that much of what was said is still to be heard."""


class Backup:
    """Watches a demonstration, and makes the backup once there is something in the phase that was said and not heard."""

    def __init__(self, installation: Compose) -> None:
        self._installation = installation
        self._pool = ThreadPoolExecutor(max_workers=1)
        self.made: Future[Path] | None = None
        self.seconds = 0.0

    def watch(self, phase: str, done: int) -> None:
        """Of a story."""
        if phase == PHASE and self.made is None:
            self._installation.compose("stop", ABSENT)
            self.made = self._pool.submit(self._make)

    def _make(self) -> Path:
        try:
            deadline = time.monotonic() + 60
            while not _run(_unheard(self._installation.at_rest())):
                assert time.monotonic() < deadline, "nothing was said in this phase"
            began = time.perf_counter()
            file = self._installation.backup()
            self.seconds = time.perf_counter() - began
            return file
        finally:
            self._installation.compose("start", ABSENT)


def _run(work: Awaitable[T]) -> T:
    async def run() -> T:
        return await work

    return asyncio.run(run())


def _password_of(told: str) -> str:
    return told.strip().split()[-1]


@pytest.fixture(scope="module")
def lost(installation: Compose, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """An installation that has done a whole demonstration, and of which nothing is left but a backup from before its end."""
    installation.wipe()
    installation.up()
    outside = installation.as_outsider()
    password = _password_of(
        installation.operator("people", "add", "rahayu", "--role", "administrator", "--area", "32.75")
    )
    installation.operator("agency", "add", "bpjs", "--topic", "intake.application.v1", "--json")
    backup = Backup(installation)
    folder = tmp_path_factory.mktemp("demonstration")
    demonstration = Demonstration(SMALL, folder / "data", Story(watch=backup.watch), place=outside)
    demonstration.start()
    report = demonstration.run()
    assert [check for check in report["checks"] if not check["holds"]] == []
    assert backup.made is not None
    file = backup.made.result()
    identity = (installation.folder / IDENTITY).read_text()
    (installation.folder / IDENTITY).unlink()
    installation.wipe()
    return {
        "file": file,
        "identity": identity,
        "machines": outside.machines,
        "password": password,
        "seconds": backup.seconds,
    }


@pytest.fixture(scope="module")
def restored(installation: Compose, lost: Mapping[str, Any]) -> dict[str, Any]:
    """What was found between the restore and the first start of a service, and the installation after it."""
    installation.begin_anew_from(lost["file"], lost["identity"])
    began = time.perf_counter()
    said = installation.restore(lost["file"], lost["identity"])
    seconds = time.perf_counter() - began
    between = installation.at_rest()
    found = {"said": said, "unheard": _run(_unheard(between)), "committed": _run(_committed(between))}
    started = installation.up()
    outside = installation.as_seen_by(lost["machines"])
    told = json.loads(REPORT.read_text())
    told |= {
        "seconds of the backup": round(lost["seconds"], 1),
        "bytes of the backup": lost["file"].stat().st_size,
        "seconds of the restore": round(seconds, 1),
        "seconds to start after it": round(started, 1),
        "events in flight": found["unheard"],
    }
    REPORT.write_text(json.dumps(told, indent=1) + "\n")
    return found | {"outside": outside}


async def _unheard(outside: Installation) -> int:
    """How many events of others the absent service has not heard though they were said."""
    said: Counter[str] = Counter()
    heard: dict[str, int] = {}
    for name in SERVICES:
        conn = await asyncpg.connect(outside.dsn(name))
        said.update(
            dict(map(tuple, await conn.fetch("select topic, sum(version)::int from stream_version group by 1")))
        )
        if name == ABSENT:
            rows = await conn.fetch("select topic, sum(version)::int from stream_position group by 1")
            heard = dict(map(tuple, rows))
        await conn.close()
    return sum(said[topic] - n for topic, n in heard.items())


async def _committed(outside: Installation) -> dict[str, int]:
    """Up to where each service will read on, all partitions together."""
    admin = AIOKafkaAdminClient(**client(outside.bootstrap))
    await admin.start()
    try:
        return {name: sum((await committed_by(admin, name)).values()) for name in SERVICES}
    finally:
        await admin.close()


def test_what_was_under_way_comes_to_its_end_and_everything_adds_up(restored: Mapping[str, Any]) -> None:
    assert restored["unheard"] > 0, "nothing was under way when the backup was made"
    assert all(restored["committed"].values()), "somebody would read everything from the beginning"
    books, checks = _run(_books(restored["outside"]))
    assert [check for check in checks if not check.holds] == []
    assert len(books.printed) > SMALL.blanks, "it is a backup from before the second lot"
    assert sum(books.messages.values()) > len(books.taken)


async def _books(outside: Installation) -> tuple[Books, list[Check]]:
    addresses = {name: outside.dsn(name) for name in SERVICES}
    heard = await subscriptions(outside.bootstrap, SERVICES)
    async with Stillness(addresses, outside.bootstrap, heard, lambda: None) as stillness:
        await stillness.reached()
    books, log = await read_books(addresses), await read_topics(outside.bootstrap)
    # What the script wanted was not done to its end.
    script = Expected(0, Counter(), 0, 0, Counter(), Counter())
    checks = compare(books, log, script, Told(Counter()))
    return books, [check for check in checks if not check.name.startswith("script-")]


def test_work_goes_on_and_still_adds_up(installation: Compose, restored: Mapping[str, Any]) -> None:
    before, _ = _run(_books(restored["outside"]))
    _run(_third_lot(restored["outside"]))
    books, checks = _run(_books(restored["outside"]))
    assert [check for check in checks if not check.holds] == []
    assert len(books.printed) > len(before.printed)
    for key in sorted(books.printed)[::60]:
        assert json.loads(installation.operator("why", key, "--json"))["cause"] in ("waiting", "nothing")


async def _third_lot(outside: Installation) -> None:
    receipt = {"site": SITE, "blank_kind": BLANK, "quantity": 5, "letter_number": "470/3/DUKCAPIL"}
    serials = {"first_serial": "BKS000009001", "last_serial": "BKS000009005"}
    async with Doors(outside.urls(), outside.sign_in, SMALL.seed, lambda: None, outside.trust) as doors:
        await doors.post("printing", "/stock/receipts", receipt | serials, "third lot")


def test_no_service_has_stopped_or_set_aside_anything(installation: Compose, restored: Mapping[str, Any]) -> None:
    assert json.loads(installation.operator("parked", "list", "--json"))["groups"] == []
    assert _run(_stopped(restored["outside"])) == []


async def _stopped(outside: Installation) -> list[tuple[str, str]]:
    """Services that apply nothing more of a topic, since its writer's history was another one."""
    found = []
    for name in SERVICES:
        conn = await asyncpg.connect(outside.dsn(name))
        found += [(name, row[0]) for row in await conn.fetch("select topic from stopped_stream")]
        await conn.close()
    return found


def test_who_could_sign_in_before_still_can(
    installation: Compose, restored: Mapping[str, Any], lost: Mapping[str, Any]
) -> None:
    outside: Installation = restored["outside"]
    assert all(outside.sign_in.token([role]).text for role in lost["machines"])
    assert "rahayu" in installation.operator("people", "list")
    with httpx2.Client(verify=outside.trust, follow_redirects=True) as browser:
        form = browser.get(f"{outside.tracking()}/loket/masuk")
        action = re.search(r'action="([^"]+)"', form.text)
        assert action, form.text[:500]
        where = action[1].replace("&amp;", "&")
        wrong = browser.post(where, data={"username": "rahayu", "password": "another-password-than-hers"})
        assert "kc-login" in wrong.text
        action = re.search(r'action="([^"]+)"', wrong.text)
        assert action
        right = browser.post(action[1].replace("&amp;", "&"), data={"username": "rahayu", "password": lost["password"]})
        assert "password-new" in right.text, "her password was not taken"


def test_agencies_have_their_rights_and_are_said_to_need_a_password(
    installation: Compose, restored: Mapping[str, Any]
) -> None:
    assert "agency-bpjs has its rights again and needs a password" in restored["said"]
    assert "agency-bpjs  intake.application.v1  (without a password)" in installation.operator("agency", "list")
    assert "Everybody may do what topics.yaml says" in installation.operator("access", "apply", "--dry-run")


def test_nothing_is_overwritten(installation: Compose, restored: Mapping[str, Any], lost: Mapping[str, Any]) -> None:
    with pytest.raises(ComposeError, match="is not empty, and nothing is ever overwritten"):
        installation.restore(lost["file"], lost["identity"])


def test_with_another_identity_or_half_a_file_nothing_is_begun(
    installation: Compose, restored: Mapping[str, Any], lost: Mapping[str, Any]
) -> None:
    with pytest.raises(ComposeError, match="no identity"):
        installation.restore(lost["file"], "")
    half = lost["file"].with_name("half.tar.age")
    content = lost["file"].read_bytes()
    half.write_bytes(content[: len(content) // 2])
    with pytest.raises(ComposeError, match="damaged or cut off"):
        installation.restore(half, lost["identity"])
