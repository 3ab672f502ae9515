"""The demonstration keeps its promises: it ends well, twice the same, and on its platform nothing counts twice."""

import asyncio
import json
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import httpx2
import pytest

from tests.end_to_end.demo_cases import (
    PUBLIC,
    RESTRICTED,
    SMALL,
    begun,
    command,
    personal_data,
    records,
    send_again,
    wait_until_read,
)
from tools.demo.doors import Doors
from tools.demo.hands import whose
from tools.demo.report import facts
from tools.demo.run import Demonstration
from tools.embedded.bearer import Bearer

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report that `antar demo` writes when nothing goes wrong."""
    folder = tmp_path_factory.mktemp("undisturbed")
    report = folder / "report.json"
    done = subprocess.run(
        command("--data", str(folder / "data"), "--report", str(report)),
        cwd=REPOSITORY, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all hold" in done.stdout
    assert done.stderr == ""
    return dict(json.loads(report.read_text()))


class Kept(NamedTuple):
    """A demonstration that has been run and whose platform is still there; its file was imported `again` on the way."""

    demonstration: Demonstration
    again: dict[str, Any]

    @property
    def bootstrap(self) -> str:
        return self.demonstration.launcher.bootstrap

    @property
    def sample(self) -> Path:
        return self.demonstration.sample


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    imports: list[asyncio.Task[Any]] = []

    def once_more(phase: str, done: int) -> None:
        if phase == "Applications at the counter" and not imports:
            imports.append(asyncio.get_running_loop().create_task(_import_again(demonstration)))

    demonstration = begun(tmp_path_factory.mktemp("kept") / "data", once_more)
    try:
        assert demonstration.run()["ok"]
        yield Kept(demonstration, imports[0].result())
    finally:
        demonstration.stop()


async def _import_again(demonstration: Demonstration) -> Any:
    async with Doors(demonstration.launcher.urls(), demonstration.launcher.sign_in, SMALL.seed, lambda: None) as doors:
        return await doors.send_file("intake", "/imports", demonstration.sample / "permohonan.csv")


def test_the_report_tells_the_whole_job(undisturbed: dict[str, Any]) -> None:
    assert undisturbed["ok"]
    assert sum(undisturbed["applications"]["by_state"].values()) + sum(undisturbed["refused_rows"].values()) == 240
    (blanks,) = undisturbed["blanks"]
    assert blanks["received"] == 200 == blanks["in_stock"] + blanks["printed"] + blanks["spoiled"]
    assert blanks["spoiled"] > 0
    assert undisturbed["deliveries"]["by_state"]["DELIVERED"] > 100
    assert set(undisturbed["messages"]) == {"RECEIVED", "WAITING_FOR_BLANK", "READY", "MISSED", "DELIVERED", "HELD"}
    assert all("/lacak/BKS-" in address for address in undisturbed["tracking"].values())
    assert undisturbed["seconds"]["total"] > 0


def test_a_second_run_gives_the_same_report(undisturbed: dict[str, Any], kept: Kept) -> None:
    assert facts(kept.demonstration.report()) == facts(undisturbed)


def test_each_service_killed_in_the_middle_of_its_work_changes_nothing(
    undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    killed: dict[str, int] = {}

    def strike(phase: str, done: int) -> None:
        service = BUSY.get(phase)
        if service and service not in killed and (done or service != "dispatch"):
            killed[service] = demonstration.launcher.pid(service)
            asyncio.get_running_loop().call_later(0.1, demonstration.launcher.kill, service)

    demonstration = begun(tmp_path / "data", strike)
    try:
        report = demonstration.run()
        assert killed.keys() == set(BUSY.values())
        assert all(demonstration.launcher.pid(service) != former for service, former in killed.items())
    finally:
        demonstration.stop()
    assert facts(report) == facts(undisturbed)


BUSY = {
    "Applications from a file": "intake",
    "Cleared by the ministry, in the queue": "notify",
    "First lot of blanks, printed": "printing",
    "Visits of the couriers": "dispatch",
}
"""The phase in which each service has most to lose."""


def test_an_agency_reads_complete_envelopes_with_any_kafka_client(kept: Kept) -> None:
    versions: dict[tuple[str, str], list[int]] = defaultdict(list)
    seen = set()
    for record in records(kept.bootstrap, *PUBLIC):
        headers = {name: value.decode() for name, value in record.headers}
        key, body = record.key.decode(), json.loads(record.value)
        assert headers["ce_specversion"] == "1.0"
        assert UUID(headers["ce_id"]).version == 7
        assert headers["ce_source"] == f"/antar/{record.topic.split('.')[0]}"
        assert headers["ce_subject"] == key
        assert datetime.fromisoformat(headers["ce_time"]).tzinfo
        assert headers["ce_dataschema"]
        assert headers["content-type"] == "application/json"
        if record.topic != "printing.blank-stock.v1":
            assert key == body["application_id"] == str(UUID(key))
        versions[record.topic, key].append(int(headers["ce_sequence"]))
        seen.add(headers["ce_type"])
    assert {"BlankAllocated", "DocumentPrinted", "DeliveryCompleted"} <= seen
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())


def test_nobody_can_be_known_from_topics_logs_metrics_lists_or_refusals(kept: Kept) -> None:
    people = personal_data(kept.sample)
    assert len(people) > 800
    places = {f"topic {r.topic}": b"" for r in records(kept.bootstrap, *PUBLIC)}
    for record in records(kept.bootstrap, *PUBLIC):
        places[f"topic {record.topic}"] += b"\n".join((record.key, record.value, *(v for _, v in record.headers)))
    places |= {f"log {path.name}": path.read_bytes() for path in (kept.demonstration.folder / "log").iterdir()}
    places |= asyncio.run(_answers(kept))
    for place, content in places.items():
        text = content.decode(errors="replace").upper()
        assert len(text) > 20, place
        assert not [word for word in people if word in text], place
    restricted = b"".join(record.value for record in records(kept.bootstrap, RESTRICTED)).decode().upper()
    assert sum(word in restricted for word in people) > 400, "the search itself must be able to find somebody"


async def _answers(kept: Kept) -> dict[str, bytes]:
    """Metrics, lists for machines, and what is said to rows and requests that are refused."""
    urls = kept.demonstration.launcher.urls()
    lists = {
        "intake": "/applications",
        "printing": "/queue/dry-run?blanks=9",
        "dispatch": "/deliveries",
        "notify": "/messages",
    }
    answers: dict[str, bytes] = {}
    async with httpx2.AsyncClient(auth=Bearer(kept.demonstration.launcher.sign_in, whose)) as client:
        for name, url in urls.items():
            answers[f"metrics of {name}"] = (await client.get(f"{url}/metrics", auth=None)).content
            answers[f"list of {name}"] = (await client.get(url + lists[name])).content
        report = f"{urls['intake']}/imports/{kept.again['import_id']}/refused.csv"
        answers["refused rows"] = (await client.get(report)).content
        broken = (kept.sample / "permohonan.csv").read_text().replace(",", "|").encode()
        headers = {"Content-Type": "text/csv"}
        answers["broken file"] = (
            await client.post(f"{urls['intake']}/imports", content=broken, headers=headers)
        ).content
        one = {
            "nik": "3275995101010001X",
            "kk": "1",
            "full_name": "1",
            "address": "x",
            "kelurahan": "x",
            "rw": "x",
            "rt": "x",
        }
        key = {"Idempotency-Key": "a-request-that-is-refused"}
        body = one | {"document_kind": "KTP_EL", "reason": "FIRST"}
        answers["refused request"] = (
            await client.post(f"{urls['intake']}/applications", json=body, headers=key)
        ).content
    return answers


def test_one_person_in_each_state_finds_his_page_and_is_not_named_there(kept: Kept) -> None:
    tracking = kept.demonstration.report()["tracking"]
    assert {"RECORDED", "WAITING_FOR_BLANK", "WAITING_FOR_COURIER", "DELIVERED", "RETURNED", "CANCELLED"} <= set(
        tracking
    )
    pages = asyncio.run(_pages(tracking.values()))
    people = personal_data(kept.sample)
    for state, page in zip(tracking, pages, strict=True):
        assert page.status_code == 200, state
        assert not [word for word in people if word in page.text.upper()], state


async def _pages(addresses: Iterable[str]) -> list[httpx2.Response]:
    async with httpx2.AsyncClient() as client:
        return [await client.get(address) for address in addresses]


def test_the_same_files_and_requests_again_change_nothing(kept: Kept, undisturbed: dict[str, Any]) -> None:
    script = kept.demonstration.cast.lines
    assert kept.again["taken"] == 0
    assert kept.again["already_taken"] == sum(line.door == "FILE" and not line.refused for line in script)
    assert kept.again["refused_by_code"] == undisturbed["refused_rows"]
    asyncio.run(_again(kept))
    wait_until_read(kept.demonstration.folder)
    assert facts(kept.demonstration.report()) == facts(undisturbed)


async def _again(kept: Kept) -> None:
    launcher = kept.demonstration.launcher
    async with Doors(launcher.urls(), launcher.sign_in, SMALL.seed, lambda: None) as doors:
        cleared = await doors.send_file("intake", "/clearances", kept.demonstration.folder / "status-pusat.csv")
        assert (cleared["cleared"], cleared["refused"]) == (0, 0)
        receipt = {
            "site": "DISDUKCAPIL", "blank_kind": "KTP_EL", "first_serial": "BKS000000001", "last_serial": "BKS000000080",
            "letter_number": "470/1/DUKCAPIL", "quantity": 80,
        }  # fmt: skip
        same = await doors.post("printing", "/stock/receipts", receipt, "lot from 1")
        assert same.headers["Idempotent-Replay"] == "true"
        other = await doors.post("printing", "/stock/receipts", receipt, "the same serials under another name", 409)
        assert other.status_code == 409
        assert (await doors.post("dispatch", "/handovers/all", {}, "round 1")).headers["Idempotent-Replay"] == "true"


def test_every_topic_replayed_into_the_living_services_changes_nothing(kept: Kept, undisturbed: dict[str, Any]) -> None:
    copies = records(kept.bootstrap, *PUBLIC, RESTRICTED)
    send_again(kept.bootstrap, copies)
    wait_until_read(kept.demonstration.folder)
    assert len(records(kept.bootstrap, *PUBLIC, RESTRICTED)) == 2 * len(copies)
    assert facts(kept.demonstration.report()) == facts(undisturbed)
