"""What waits at the desks: how much and since when, on one page; and each queue, the oldest first."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, NamedTuple
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query, Request, Response

from services.intake import central, suket
from services.intake.pages import case_words
from services.intake.pages.case import address_of, kind_names, today
from services.intake.pages.wording import STATES
from services.intake.store import cases
from services.intake.store import queues as store
from services.intake.store.queues import After
from shared.events.regions import kelurahan_by_code
from shared.http.app import Db
from shared.http.problems import Problem
from shared.messaging.transaction import Connection
from shared.people import AtDoor
from shared.sentence import Sentence
from shared.web.site import Site

router = APIRouter(prefix="/loket", include_in_schema=False)

PAGE: Final = 50


class Which(StrEnum):
    """The queues by the ends of their addresses, in the order in which they are shown."""

    INCOMPLETE = "dilengkapi"
    VERIFY = "dicocokkan"
    FAULT = "bermasalah"
    SUKET = "suket"
    CENTRE = "pusat"
    BLANK = "blangko"
    ENDED = "selesai"


class Queue(NamedTuple):
    """How a queue is called, and what is to be done with what waits in it."""

    family: str
    name: Sentence
    hint: Sentence


QUEUES: Final = {
    Which.INCOMPLETE: Queue("act", Sentence("Perlu dilengkapi"),
                            Sentence("Hubungi pemohon; tekan Sudah lengkap begitu berkasnya datang.")),
    Which.VERIFY: Queue("act", Sentence("Perlu dicocokkan"),
                        Sentence("Cocokkan tanda periksa dengan berkas, atau koreksi.")),
    Which.FAULT: Queue("act", Sentence("Data bermasalah di pusat"),
                       Sentence("Tidak dapat dicetak sebelum pemohon menyelesaikannya.")),
    Which.SUKET: Queue("act", Sentence("Suket habis dalam 30 hari"),
                       Sentence("Perpanjang suket bila pemohon datang.")),
    Which.CENTRE: Queue("wait", Sentence("Menunggu pusat"),
                        Sentence("Kementerian memastikan tidak ada data ganda. Jangan janjikan tanggal.")),
    Which.BLANK: Queue("wait", Sentence("Menunggu blangko atau cetak"),
                       Sentence("Siap cetak. Urutannya ditentukan aturan pembagian.")),
    Which.ENDED: Queue("stop", Sentence("Selesai, dibatalkan, ditolak"),
                       Sentence("Yang terakhir di atas.")),
}  # fmt: skip


@router.get("/perlu")
async def overview(request: Request, db: Db, visit: AtDoor) -> Response:
    """How many wait in each queue, and the oldest of each."""
    within = visit.within
    async with db.reading() as conn:
        found = {Which[row["queue"]]: row for row in await store.counts(conn, within, central.FAULTS) if row["queue"]}
        sukets = await cases.sukets_running_out(conn, within, today() + timedelta(days=suket.NEAR_DAYS))
        ended = await store.ended_count(conn, within)
    counted = {which: (row["n"], row["oldest"]) for which, row in found.items()}
    counted |= {Which.SUKET: (sukets["n"], sukets["oldest"]), Which.ENDED: (ended, None)}
    rows = [(which, QUEUES[which], *counted.get(which, (0, None))) for which in Which]
    site: Site = request.app.state.site
    return site.page("queues.html", request=request, rows=rows)


@router.get("/antrean/{which}")
async def one(
    which: str, request: Request, db: Db, visit: AtDoor, setelah: Annotated[str | None, Query(max_length=80)] = None
) -> Response:
    """A queue, fifty at a time."""
    if which not in set(Which):
        raise Problem(404, "not-found", Sentence("Halaman tidak ada."))
    queue, after = Which(which), _after(setelah)
    async with db.reading() as conn:
        rows = await _rows(conn, queue, visit.within, after)
        kinds = await kind_names(conn, request)
    site: Site = request.app.state.site
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return site.page(
        "queue.html", request=request, queue=QUEUES[queue], which=queue, kinds=kinds, tag=STATES, address_of=address_of,
        places=kelurahan_by_code(), following=f"{last['at'].isoformat()}_{last['id']}" if last else None, after=after,
        rows=[(row, _about(queue, row, lambda text, **v: site.say(request, text, **v))) for row in rows[:PAGE]],
    )  # fmt: skip


async def _rows(conn: Connection, queue: Which, within: Sequence[str], after: After | None) -> Sequence[asyncpg.Record]:
    if queue is Which.ENDED:
        return await store.ended(conn, within, after, PAGE + 1)
    if queue is Which.SUKET:
        until = today() + timedelta(days=suket.NEAR_DAYS)
        return await cases.suket_running_out(conn, within, until, after, PAGE + 1)
    return await store.waiting(conn, queue.name, within, central.FAULTS, after, PAGE + 1)


def _about(queue: Which, row: Any, say: Callable[..., str]) -> str:
    """What is to be known of this one."""
    if queue is Which.INCOMPLETE:
        return ", ".join(say(case_words.coded(case_words.MISSING, code)) for code in row["missing"])
    if queue is Which.VERIFY:
        return " ".join(say(case_words.doubt(text.partition(":")[2])) for text in row["doubts"].split())
    if queue in (Which.FAULT, Which.CENTRE) and row["central_status"]:
        known = central.meaning(row["central_status"])
        if known is None:
            return str(row["central_status"])
        return f"{say(known.sentence)}. {say(known.todo)}" if known.todo else say(known.sentence)
    return ""


def _after(text: str | None) -> After | None:
    at, _, id_ = (text or "").partition("_")
    try:
        return After(datetime.fromisoformat(at), UUID(id_)) if text else None
    except ValueError:
        raise Problem(404, "not-found", Sentence("Halaman tidak ada.")) from None
