"""A record in each service, in 32.75.01.1001 RW 001: what everybody in the matrix asks for."""

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from shared.events.intake import ApplicationRecorded
from tests.contracts.examples import example
from tests.harness import ServiceUnderTest
from tests.people import EVERYBODY
from tests.service import intake_cases
from tests.service.counter_cases import ONE, Counter
from tests.service.dispatch import city as dispatch_city
from tests.service.notify_cases import Life
from tests.service.printing_cases import cleared, receive, serial

KELURAHAN, RW, BADGE = "32.75.01.1001", "001", "TKK-0001"
_numbers = itertools.count(1)


class Facts(dict[str, str]):
    """What the parts of a path and of a body may name. Some are another one each time they are named."""

    def __missing__(self, name: str) -> str:
        number = next(_numbers)
        made: Mapping[str, Callable[[], str]] = {
            "act_id": lambda: str(uuid4()),
            "free_nik": lambda: f"327599420190{number:04}",
            "free_kk": lambda: f"3275990201{number:06}",
            "file": lambda: intake_cases.file(
                intake_cases.row(number, kelurahan=KELURAHAN, rw=RW), intake_cases.row(number, rw="99")
            ),
        }
        return made[name]()


@dataclass(frozen=True)
class Record:
    """`marks` stand in every answer that shows the record, and in no other."""

    facts: Facts
    marks: tuple[str, ...] = ()


Fresh = Callable[[], Awaitable[Record]]
"""Makes a further record, which nobody has changed yet."""


async def of_intake(intake: ServiceUnderTest) -> Fresh:
    """An application, a family that was registered, a file in line, and central words."""
    await intake.http.put("/rw", content=f"kelurahan,rw\n{KELURAHAN},{RW}\n", headers=intake_cases.CSV)
    counter = Counter(intake, EVERYBODY)
    registered = (await counter.registers({**ONE, "rw": RW})).rpartition("/")[2]

    async def fresh() -> Record:
        number = next(_numbers)
        nik = intake_cases.nik(number)
        case = await intake_cases.recorded(
            intake, full_name="Orang Rekaan", nik=nik, kk=f"3275990101{number:06}", rw=RW, suket_expires_on="2026-12-20",
            birth_date="1991-09-09",
        )  # fmt: skip
        office_number = case["office_number"]
        facts = Facts(
            application_id=case["application_id"], number=office_number.replace("/", "-"), nik=nik,
            office_number=office_number, registration_id=registered, draft=str(uuid4()),
        )  # fmt: skip
        facts["import_id"] = await _in_line(counter, facts["file"])
        words = await intake_cases.send(intake, f"nomor,status\n{office_number},SFE\n", "/clearances")
        facts["clearances_id"] = words["clearance_id"]
        return Record(facts, (facts["application_id"], facts["number"], office_number, "ORANG REKAAN"))

    return fresh


async def _in_line(counter: Counter, content: str) -> str:
    form = (await counter.opens("/loket/impor")).form("/loket/impor").filled()
    answer = await counter.browser.post(
        "/loket/impor", data=form, files={"berkas": ("rows.csv", content.encode(), "text/csv")}
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


async def of_printing(printing: ServiceUnderTest) -> Fresh:
    """An order that has got a blank. Nothing here belongs to an area."""

    async def fresh() -> Record:
        number = next(_numbers)
        await receive(printing, number, number)
        event = cleared(number, kelurahan_code=KELURAHAN, rw=RW)
        await printing.hears(event)
        await printing.works()
        return Record(
            Facts(
                application_id=str(event.application_id),
                serial=serial(number),
                draft=str(uuid4()),
                box=serial(500_000 + number),
            )
        )

    return fresh


async def of_dispatch(dispatch: ServiceUnderTest) -> Fresh:
    """A document that the courier of the RW has in hand, and one that waits for him."""
    roster = f"kelurahan,rw,badge,nama,hp\n{KELURAHAN},{RW},{BADGE},Budi Uji,\n"
    await dispatch.http.put("/couriers", content=roster, headers={"Content-Type": "text/csv"})
    city = dispatch_city.City(dispatch)

    async def fresh() -> Record:
        in_hand, waiting = uuid4(), uuid4()
        number = f"KTP/2026/11/{next(_numbers):06}"
        for one in (in_hand, waiting):
            where = dispatch_city.recipient(one, RW, kelurahan_code=KELURAHAN, office_number=number)
            await city.hears(where, dispatch_city.printed(one))
            if one is in_hand:
                assert (await city.hand_over(one, badge=BADGE)).status_code == 201
        facts = Facts(application_id=str(in_hand), waiting=str(waiting), badge=BADGE, draft=str(uuid4()))
        return Record(facts, (str(in_hand), str(waiting), KELURAHAN, "Gang Kenari", number))

    return fresh


async def of_notify(notify: ServiceUnderTest) -> Fresh:
    """An application that has a message. Where it belongs is not known here."""

    async def fresh() -> Record:
        life = Life(code=f"BKS-7F3K-{next(_numbers):04}M")
        await notify.hears(*life.in_queue())
        await notify.works()
        facts = Facts(code=life.code, application_id=str(life.application_id), draft=str(uuid4()))
        return Record(facts, (str(life.application_id),))

    return fresh


async def of_statistics(statistics: ServiceUnderTest) -> Fresh:
    """An application that counts in its kelurahan."""

    async def fresh() -> Record:
        await statistics.hears(example(ApplicationRecorded, kelurahan_code=KELURAHAN))
        return Record(Facts(draft=str(uuid4())), (KELURAHAN,))

    return fresh


RECORDS: Mapping[str, Callable[[ServiceUnderTest], Awaitable[Fresh]]] = {
    "intake": of_intake,
    "printing": of_printing,
    "dispatch": of_dispatch,
    "notify": of_notify,
    "statistics": of_statistics,
}
