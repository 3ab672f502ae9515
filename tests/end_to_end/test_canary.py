"""A known person goes through everything, is erased, and is then looked for in everything that is kept."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.events.intake import RECIPIENT
from shared.people import Role
from shared.topics import FORGETTING
from tests import people
from tests.browsing import Page
from tests.end_to_end import canary
from tests.end_to_end.receiver import Received, Receiver, receiving
from tests.shared.test_subscription import eventually
from tools.embedded.launcher import SERVICES, Launcher
from tools.embedded.ports import HOST, free_port

CSV = {"Content-Type": "text/csv"}
BADGE = "TKK-0777"
PORT = free_port()


class City:
    """A platform as its people use it; each request as a machine that may do everything, a courier's as the courier's."""

    def __init__(self, platform: Launcher) -> None:
        self.platform = platform
        token = platform.sign_in.token([*Role], badge=BADGE)
        headers = {"Authorization": f"Bearer {token.text}"}
        self.doors = {
            name: httpx2.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False)
            for name, url in platform.urls().items()
        }

    async def ask(self, service: str, method: str, path: str, **request: Any) -> Any:
        """A request that is taken; its answer."""
        headers = {"Idempotency-Key": str(uuid4()), **request.pop("headers", {})}
        answer = await self.doors[service].request(method, path, headers=headers, **request)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def rows(self, service: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query finds in a service's database."""
        conn = await asyncpg.connect(self.platform.dsn(service))
        try:
            return [tuple(row) for row in await conn.fetch(query, *values)]
        finally:
            await conn.close()

    async def until(self, service: str, query: str, *values: Any) -> None:
        """Wait until the query finds true."""

        async def found() -> bool:
            rows = await self.rows(service, query, *values)
            return bool(rows and rows[0][0])

        await eventually(found, 60)

    def browser(self) -> httpx2.AsyncClient:
        """A browser of the officer for data protection, signed in."""
        officer = people.someone(Role.PRIVACY)
        cookie = people.session_cookie(officer, key=self.platform.folder.secret("session"))
        headers = {"Accept": "text/html"}
        url = self.platform.url("intake")
        return httpx2.AsyncClient(base_url=url, cookies=cookie, headers=headers, trust_env=False)


@pytest.fixture(scope="module")
def traces() -> Iterator[Receiver]:
    """Where the services of the platform send their traces."""
    with receiving(PORT) as received:
        yield received


@pytest.fixture(scope="module")
def platform(traces: Receiver) -> Iterator[Launcher]:
    """A whole platform, with a printer that prints by itself."""
    environment = {
        "ANTAR_PRINTER": "simulated",
        "ANTAR_PRINTER_SPOIL_RATE": "0",
        "ANTAR_TRACES": f"http://{HOST}:{PORT}",
    }
    with (
        tempfile.TemporaryDirectory(prefix="antar-tests-") as folder,
        Launcher(Path(folder) / "city", SERVICES, environment) as running,
    ):
        yield running


@pytest.fixture
async def city(platform: Launcher) -> AsyncIterator[City]:
    it = City(platform)
    yield it
    for door in it.doors.values():
        await door.aclose()


async def live_through_everything(city: City) -> list[str]:
    """The person applies, is corrected, refused in a file, printed for, visited in vain, handed the card; and once more
    applies and cancels. Returns the ids of the applications."""
    await city.ask("intake", "PUT", "/rw", content="kelurahan,rw\nBekasijaya,001\n", headers=CSV)
    roster = f"kelurahan,rw,badge,nama,hp\nBekasijaya,001,{BADGE},Petugas Contoh,081200000001\n"
    await city.ask("dispatch", "PUT", "/couriers", content=roster, headers=CSV)
    id_ = (await city.ask("intake", "POST", "/applications", json=canary.FORM))["application_id"]
    await city.until("dispatch", "select true from recipient where application_id = $1::uuid", id_)
    await be_parked_at_dispatch(city, id_)
    await be_in_files(city)
    await city.ask("intake", "POST", f"/applications/{id_}/clearance", json={"status": "PRR"})
    lot = {"site": "DISDUKCAPIL", "blank_kind": "KTP_EL", "first_serial": "BKS000000001",
           "last_serial": "BKS000000010", "letter_number": "470/1/DUKCAPIL", "quantity": 10}  # fmt: skip
    await city.ask("printing", "POST", "/stock/receipts", json=lot)
    await city.until("dispatch", "select state = 'ASSIGNED' from delivery where application_id = $1::uuid", id_)
    await city.ask("dispatch", "POST", "/handovers/all", json={})
    await report(city, id_, kind="attempt", outcome="NOT_AT_HOME")
    await report(city, id_, kind="completion", receiver="APPLICANT", old_card="TAKEN")
    await city.until("intake", "select state = 'CLOSED' from application where id = $1::uuid", id_)
    sent = "select count(*) >= 3 from message where application_id = $1::uuid and state = 'SENT'"
    await city.until("notify", sent, id_)
    other = await city.ask("intake", "POST", "/applications", json={**canary.FORM, "document_kind": "KK"})
    cancelled = other["application_id"]
    await city.ask("intake", "POST", f"/applications/{cancelled}/cancellation", json={"reason": "APPLICANT_REQUEST"})
    await city.until("notify", "select cancelled_at is not null and tracking_code is not null from application "
                     "where application_id = $1::uuid", cancelled)  # fmt: skip
    return [str(i) for (i,) in await city.rows("intake", "select id from application")]


async def report(city: City, id_: str, **act: str) -> None:
    """The courier's phone sends an act, and it is taken."""
    act |= {"act_id": str(uuid4()), "application_id": id_, "courier_badge": BADGE}
    act["acted_at"] = datetime.now(UTC).isoformat()
    answer = await city.ask("dispatch", "POST", "/courier-reports", json={"acts": [act]})
    assert answer["results"][0]["accepted"], answer


async def be_parked_at_dispatch(city: City, id_: str) -> None:
    """What a correction says is refused by dispatch's database, so that it is set aside there."""
    owner = await asyncpg.connect(city.platform.dsn("dispatch"))
    await owner.execute("alter table recipient add constraint refuses check (address not like '%Biru%')")
    await city.ask("intake", "POST", f"/applications/{id_}/correction", json={**canary.CORRECTED, "reason": "Zubaedah"})
    await city.until("dispatch", "select true from parked where key = $1", id_)
    await owner.close()


async def be_in_files(city: City) -> None:
    """One row of a file is refused, another becomes an application, which is cancelled."""
    header = "jenis_dokumen,alasan,nik,nomor_kk,nama,alamat,kelurahan,rw,rt,tanggal_lahir"
    person = f"{canary.NIK},{canary.KK},Zubaedah Kenarikuning,Gang Walet Emas 777,Bekasijaya"
    rows = [f"KK,baru,{person},099,3,05-11-1985", f"Akta Kelahiran,baru,{person},001,3,05-11-1985"]
    await city.ask("intake", "POST", "/imports", content="\n".join([header, *rows, ""]), headers=CSV)
    [(id_,)] = await city.rows("intake", "select id from application where document_kind = 'AKTA_KELAHIRAN'")
    await city.ask("intake", "POST", f"/applications/{id_}/cancellation", json={"reason": "DUPLICATE"})


async def erase(city: City) -> None:
    """The officer for data protection erases the person by the pages."""
    async with city.browser() as browser:
        form = Page(await browser.get("/loket/hak")).form("/loket/hak")
        found = await browser.post("/loket/hak", data=form.filled(nik=canary.NIK))
        person = await browser.get(found.headers["location"])
        form = Page(person).form("/hapus")
        erased = await browser.post(form.action, data=form.filled(sebab="REQUEST"))
        assert erased.status_code == 303, erased.text


async def test_nothing_of_an_erased_person_is_left_anywhere(city: City, traces: Receiver) -> None:
    ids = await live_through_everything(city)
    assert len(ids) == 3
    codes = [code for (code,) in await city.rows("intake", "select tracking_code from application")]
    before, marks = await canary.in_databases(city.platform), await canary.marks(city.platform)
    # The search finds what there is to find; else it would prove nothing.
    assert {"intake.application", "dispatch.recipient", "dispatch.parked", "notify.application"} <= before.keys()
    assert {"application.identity_sealed", "correction.changed_sealed", "import_refusal.written_sealed"} <= marks.keys()
    assert await canary.in_topics(city.platform) == {}

    await erase(city)
    for service in ("dispatch", "notify"):
        heard = "select count(*) = 0 from stream_position where topic = $1 and key = any($2) and version < 2"
        await city.until(service, heard, RECIPIENT.topic, ids)
    await city.until("intake", "select count(*) = 0 from outbox")
    await city.until("dispatch", "select count(*) = 0 from recipient")
    await city.until("notify", "select count(*) = 0 from application where tracking_code is not null")
    await city.until("dispatch", "select count(*) = 0 from parked")

    assert await canary.in_databases(city.platform, codes) == {}
    known = set().union(*marks.values())
    assert {name for name, values in (await canary.marks(city.platform)).items() if values & known} == set()
    assert await canary.in_topics(city.platform) == {}
    assert all(city.platform.log(name).stat().st_size for name in SERVICES)
    assert canary.in_files(city.platform.folder.path) == {}
    for name in SERVICES:
        metrics = await city.doors[name].get("/metrics")
        assert metrics.status_code == 200
        assert canary.traces_in(metrics.text) == set()
    assert {span.service for span in traces.spans} == set(SERVICES)
    assert canary.traces_in(traces.text) == set()
    last = {
        record.key.decode(): record.value for record in await canary.records(city.platform.bootstrap, RECIPIENT.topic)
    }
    assert last == dict.fromkeys(ids)
    # The facts stay: the case can still be followed, without anybody in it.
    facts = await canary.records(city.platform.bootstrap, "dispatch.delivery.v1")
    assert "DeliveryCompleted" in str([dict(record.headers)["ce_type"] for record in facts])


async def test_one_application_is_one_trace_through_all_services_and_the_broker(city: City, traces: Receiver) -> None:
    query = "select id from application where document_kind = 'KTP_EL'"
    [(id_,)] = await city.rows("intake", query)
    last = {("say MessageSent", "notify"), ("apply DeliveryCompleted", "intake"), ("POST /courier-reports", "dispatch")}

    async def all_there() -> bool:
        # A service sends what it recorded every two seconds, so a child may come before its parent.
        came = traces.of_trace(id_.hex)
        known = {span.id for span in came} | {""}
        return last <= {(span.name, span.service) for span in came} and all(span.parent in known for span in came)

    await eventually(all_there)
    spans = {span.id: span for span in traces.of_trace(id_.hex)}

    def causes(span: Received) -> Iterator[tuple[str, str]]:
        while span.parent:
            span = spans[span.parent]
            yield span.name, span.service

    for span in spans.values():
        chain = list(causes(span))
        kind, _, event = span.name.partition(" ")
        if kind in ("apply", "send"):
            assert chain[0][0] == f"say {event}"
        elif kind == "say" and chain:
            assert chain[0][0].partition(" ")[0] in ("apply", "POST")
        else:
            assert not chain, "who asks from outside begins"
    way = {(span.name, span.service): list(causes(span)) for span in spans.values()}
    assert way["apply ApplicationRecorded", "notify"][-1] == ("POST /applications", "intake")
    assert way["say PrintOrderQueued", "printing"] == [
        ("apply ApplicationClearedForPrint", "printing"),
        ("say ApplicationClearedForPrint", "intake"),
        ("POST /applications/{application_id}/clearance", "intake"),
    ]
    assert way["apply DeliveryAssigned", "notify"][:3] == [
        ("say DeliveryAssigned", "dispatch"),
        ("apply DocumentPrinted", "dispatch"),
        ("say DocumentPrinted", "printing"),
    ]
    assert way["apply DeliveryCompleted", "intake"][-1] == ("POST /courier-reports", "dispatch")
    # Once or more often: what is set aside is tried again.
    assert {span.error for span in spans.values()} == {"", "set aside: handler-failed:CheckViolationError"}


async def test_the_topic_of_recipients_forgets_within_a_bounded_time(platform: Launcher) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.bootstrap)
    await admin.start()
    try:
        [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, RECIPIENT.topic)])
    finally:
        await admin.close()
    settings = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    assert settings["cleanup.policy"] == "compact"
    assert {name: settings[name] for name in FORGETTING} == FORGETTING
