"""Something of everything in each service, so that questions lead somewhere."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import uuid4

from services.dispatch.domain import MAX_ATTEMPTS
from services.notify.codes import write_code
from tests.harness import ServiceUnderTest
from tests.openapi.asking import Known
from tests.service import intake_cases, notify_cases, printing_cases
from tests.service.dispatch.city import City, attempt, printed, recipient


async def intake(service: ServiceUnderTest) -> Known:
    """Applications that wait, one that is cleared, one that has ended; a file of each sort."""
    await intake_cases.opened(service)
    ids = [await intake_cases.application(service, nik=intake_cases.nik(n)) for n in range(2, 32)]
    await intake_cases.clear(service, ids[1])
    await intake_cases.cancel(service, ids[2])
    taken = await intake_cases.send(service, intake_cases.file(intake_cases.row(51), intake_cases.row(52, rw="99")))
    words = "nomor,status\nKTP/2017/09/000001,PRR\n"
    cleared = await intake_cases.send(service, words, "/clearances")
    return {
        "path.application_id": [str(one) for one in ids],
        "path.import_id": [taken["import_id"], cleared["clearance_id"]],
        "body.document_kind": ["KTP_EL", "KIA"],
        "body.reason": ["FIRST", "LOST", "APPLICANT_REQUEST"],
        "body.nik": [intake_cases.nik(n) for n in range(32, 42)],
        "body.kk": [intake_cases.FORM["kk"]],
        "body.full_name": [intake_cases.FORM["full_name"]],
        "body.address": [intake_cases.FORM["address"]],
        "body.kelurahan": ["Bekasijaya"],
        "body.rw": ["11"],
        "body.rt": ["3"],
        "body.status": ["PRR", "SFE", "CARD_PRINTED"],
        "query.after": [str(ids[0])],
    }


async def printing(service: ServiceUnderTest) -> Known:
    """Blanks, orders that wait, that have a blank, that are printed, spoiled, cancelled."""
    await service.hears(*(printing_cases.cleared(n) for n in range(1, 50)), printing_cases.on_plain_paper(50))
    await printing_cases.receive(service, 1, 45)
    await printing_cases.scan(service, 1, 1)
    await printing_cases.scan(service, 2, 2, "MISPRINT")
    await service.hears(printing_cases.cancelled(8))
    return {
        "path.application_id": [str(printing_cases.application(n)) for n in (*range(3, 51), 1, 2)],
        "body.serial": [printing_cases.serial(n) for n in range(3, 48)],
        "body.first_serial": [printing_cases.serial(n) for n in (1, 100, 200)],
        "body.last_serial": [printing_cases.serial(n) for n in (100, 149, 249)],
        "body.quantity": [50],
        "query.site": ["DISDUKCAPIL"],
        "query.blank_kind": ["KTP_EL"],
    }


async def dispatch(service: ServiceUnderTest) -> Known:
    """A roster, documents that wait, that a courier has, that lie at the kelurahan."""
    city = City(service)
    await city.roster()
    waiting, *nowhere = (uuid4() for _ in range(20))
    await city.hears(recipient(waiting), printed(waiting), *map(printed, nowhere))
    out = [uuid4() for _ in range(60)]
    await city.hears(*(event for one in out for event in (recipient(one), printed(one))))
    await city.hand_over(*out)
    for _ in range(MAX_ATTEMPTS):
        await city.reports(*(attempt(one, "NOT_AT_HOME") for one in out[:45]))
    ids = [str(one) for one in (waiting, *nowhere, *out)]
    return {
        "path.application_id": ids,
        "path.badge": ["TKK-0411", "TKK-0412"],
        "body.courier_badge": ["TKK-0411", "TKK-0412", "TKK-0103"],
        "body.application_ids[*]": ids,
        "body.acts[*].application_id": ids,
        "body.acts[*].courier_badge": ["TKK-0411", "TKK-0412"],
        "body.acts[*].outcome": ["NOT_AT_HOME", "DAMAGED"],
        "body.kelurahan": ["Kayuringin Jaya"],
        "body.rw": ["011", "12", "99"],
        "body.receiver": ["APPLICANT"],
        "body.old_card": ["TAKEN"],
    }


async def notify(service: ServiceUnderTest) -> Known:
    """An application in the queue, and one on its way; what they were told."""
    waiting, coming = notify_cases.Life(), notify_cases.Life(code="BKS-8G4M-2R5T9", email="uji@contoh.test", phone=None)
    await service.hears(notify_cases.lot(3), *waiting.in_queue())
    await service.hears_one_by_one(*coming.on_the_way())
    await service.works()
    return {"path.code": [write_code("BKS7F3K9Q2M5"), waiting.code, coming.code]}


SERVICES: Final[dict[str, Callable[[ServiceUnderTest], Awaitable[Known]]]] = {
    "intake": intake,
    "printing": printing,
    "dispatch": dispatch,
    "notify": notify,
}

SETTINGS: Final = {"notify": {"lookups_per_minute": 1_000_000, "misses_per_minute": 1_000_000}}
"""Or after the first minute all answers were that it is too often."""
