"""Print runs: the right blank for each order, nothing printed twice, wherever the work was cut off."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from services.printing.press import Press
from services.printing.printer import Job, Outcome, SimulatedPrinter, simulated_outcome
from shared.events.printing import (
    BlankAllocated,
    BlankReleased,
    BlankSpoiled,
    DocumentPrinted,
    DocumentVoided,
    SpoilReason,
)
from shared.messaging import Database, Transaction
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.printing_cases import (
    cancelled,
    cleared,
    numbers,
    on_plain_paper,
    receive,
    serial,
    states,
    stock_of,
)


class Spoiling:
    """A printer that spoils the blanks it is told to, and remembers nothing."""

    def __init__(self, *blanks: int) -> None:
        self._spoils = {serial(b) for b in blanks}

    async def print(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        reasons = {j: SpoilReason.CHIP_FAILED if j.serial in self._spoils else None for j in jobs}
        return [Outcome(j.application_id, reasons[j]) for j in reasons]


class Unplugged:
    """A printer whose cable is out: before it prints, or between its printing and its answer."""

    def __init__(self, after: SimulatedPrinter | None = None) -> None:
        self._after = after

    async def print(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        if self._after:
            await self._after.print(jobs)
        raise ConnectionResetError


async def printed_by_device(printing: ServiceUnderTest) -> list[str]:
    rows = await printing.pool.fetch("select serial from simulated_print order by serial")
    return [row["serial"] for row in rows]


async def test_orders_are_printed_in_their_order_from_the_top_of_the_pile(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(cleared(3), cleared(1), cleared(2))
    await receive(printing, 1, 2)
    await printing.works()
    documents = await printing.said(DocumentPrinted)
    assert [(d.application_id.int, d.serial) for d in documents] == [(1, serial(1)), (2, serial(2))]
    assert len({d.run_id for d in documents}) == 1
    stock = await stock_of(printing)
    assert (stock["in_stock"], stock["reserved"], stock["printed"]) == (0, 0, 2)


async def test_what_needs_no_blank_goes_straight_to_the_printer(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(on_plain_paper(1), cleared(2))
    await printing.works()
    [document] = await printing.said(DocumentPrinted)
    assert (document.application_id.int, document.serial, document.blank_kind) == (1, None, None)
    assert await states(printing) == {1: "PRINTED", 2: "QUEUED"}


async def test_a_spoiled_blank_costs_the_applicant_no_place(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(cleared(1), cleared(2), cleared(3))
    await receive(printing, 1, 2)
    await Press(lambda db: Spoiling(1)).step(printing.db)
    [lost] = await printing.said(BlankSpoiled)
    assert (lost.application_id.int, lost.serial, lost.reason) == (1, serial(1), SpoilReason.CHIP_FAILED)
    assert await states(printing) == {1: "QUEUED", 2: "PRINTED", 3: "QUEUED"}
    stock = await stock_of(printing)
    assert (stock["in_stock"], stock["printed"], stock["spoiled"]) == (0, 1, 1)

    await receive(printing, 3, 3)
    again = (await printing.said(BlankAllocated))[-1]
    assert (again.application_id.int, again.position, again.place_since) == (1, 1, cleared(1).cleared_at)


async def test_a_spoiled_blank_is_replaced_at_once_when_another_is_free(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 3)
    await printing.hears(cleared(1), cleared(2))
    await Press(lambda db: Spoiling(1)).step(printing.db)
    assert numbers(await printing.said(BlankAllocated)) == [1, 2, 1]
    await printing.works()
    assert [(d.application_id.int, d.serial) for d in await printing.said(DocumentPrinted)] == [
        (2, serial(2)), (1, serial(3)),
    ]  # fmt: skip
    stock = await stock_of(printing)
    assert (stock["in_stock"], stock["printed"], stock["spoiled"]) == (0, 2, 1)


async def test_the_simulated_printer_spoils_what_its_seed_says_and_all_is_accounted_for(harness: Harness) -> None:
    printing = await harness("printing", printer_seed=5, printer_spoil_rate=0.2)
    await printing.hears(*(cleared(n) for n in range(1, 701)))
    await receive(printing, 1, 800)
    await printing.works()
    spoiled = [n for n in range(1, 801) if simulated_outcome(5, serial(n), 0.2)]
    assert sorted(e.serial for e in await printing.said(BlankSpoiled)) == [serial(n) for n in spoiled]
    stock = await stock_of(printing)
    assert (stock["printed"], stock["spoiled"], stock["in_stock"]) == (800 - len(spoiled), len(spoiled), 0)
    summary = (await printing.http.get("/summary")).json()
    assert (summary["printed"], summary["spoiled"]) == (800 - len(spoiled), len(spoiled))
    assert summary["by_state"] == {"PRINTED": 800 - len(spoiled), "QUEUED": 700 - 800 + len(spoiled)}


async def test_the_run_goes_on_with_the_same_blanks_when_the_printer_was_unplugged(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 5)
    await printing.hears(cleared(1), cleared(2))
    with pytest.raises(ConnectionResetError):
        await Press(lambda db: Unplugged()).step(printing.db)
    assert await states(printing) == {1: "PRINTING", 2: "PRINTING"}
    await printing.hears(cleared(3, minutes=-100))  # comes first, but not into a run that has begun
    await printing.works()
    documents = [(d.application_id.int, d.serial) for d in await printing.said(DocumentPrinted)]
    assert documents == [(1, serial(1)), (2, serial(2)), (3, serial(3))]


async def test_a_document_printed_just_before_the_crash_is_recorded_and_not_printed_again(harness: Harness) -> None:
    printing = await harness("printing", printer_spoil_rate=0.5)
    await receive(printing, 1, 20)
    await printing.hears(*(cleared(n) for n in range(1, 11)))
    with pytest.raises(ConnectionResetError):
        await Press(lambda db: Unplugged(SimulatedPrinter(db, 0, 0.5))).step(printing.db)
    at_device = await printed_by_device(printing)
    assert at_device == [serial(n) for n in range(1, 11)]
    assert await printing.said(DocumentPrinted) == []
    await printing.works()
    used = [e.serial for e in await printing.said() if isinstance(e, DocumentPrinted | BlankSpoiled)]
    assert sorted(used) == await printed_by_device(printing)
    assert len(used) == len(set(used))
    assert len({d.application_id for d in await printing.said(DocumentPrinted)}) == len(
        await printing.said(DocumentPrinted)
    )
    await stock_of(printing)


async def test_the_printer_says_already_printed_for_a_job_it_knows(harness: Harness) -> None:
    printing = await harness("printing")
    jobs = [Job(cleared(9).application_id, cleared(n).application_id, serial(n)) for n in (1, 2)]
    device = SimulatedPrinter(printing.db, 0, 0.0)
    assert [o.already for o in await device.print(jobs[:1])] == [False]
    assert [(o.spoiled, o.already) for o in await device.print(jobs)] == [(None, True), (None, False)]


class Crash(Exception):
    """The process died here."""


class CutOff(Database):
    """A database whose connection dies at the `moment`-th use: just before or just after the commit."""

    def __init__(self, db: Database, moment: int, *, committed: bool) -> None:
        super().__init__(db.pool, db.owner)
        self._left = moment
        self._committed = committed

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        self._left -= 1
        async with super().transaction() as tx:
            yield tx
            if self._left == 0 and not self._committed:
                raise Crash
        if self._left == 0:
            raise Crash


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("moment", [1, 2, 3, 4])
async def test_wherever_the_process_dies_everyone_gets_one_card(
    harness: Harness, moment: int, *, committed: bool
) -> None:
    printing = await harness("printing", printer_spoil_rate=0.3)
    await printing.hears(*(cleared(n) for n in range(1, 31)), *(on_plain_paper(n) for n in range(31, 41)))
    await receive(printing, 1, 60)
    press = Press(lambda db: SimulatedPrinter(printing.db, 0, 0.3))
    with pytest.raises(Crash):
        await press.step(CutOff(printing.db, moment, committed=committed))
    await printing.works()
    assert sorted(numbers(await printing.said(DocumentPrinted))) == list(range(1, 41))
    used = [e.serial for e in await printing.said() if isinstance(e, DocumentPrinted | BlankSpoiled) and e.serial]
    assert sorted(used) == [s for s in await printed_by_device(printing) if s]
    stock = await stock_of(printing)
    assert (stock["printed"], stock["reserved"]) == (30, 0)


async def test_two_workers_at_the_same_moment_print_nothing_twice(harness: Harness) -> None:
    printing = await harness("printing", printer_spoil_rate=0.2)
    await printing.hears(*(cleared(n) for n in range(1, 1_201)), *(on_plain_paper(n) for n in range(2_001, 2_601)))
    await receive(printing, 1, 1_600)
    one, other = (Press(lambda db: SimulatedPrinter(db, 0, 0.2)) for _ in range(2))
    for _ in range(6):
        await asyncio.gather(one.step(printing.db), other.step(printing.db))
    await printing.works()
    printed = numbers(await printing.said(DocumentPrinted))
    assert sorted(printed) == [*range(1, 1_201), *range(2_001, 2_601)]
    used = [e.serial for e in await printing.said() if isinstance(e, DocumentPrinted | BlankSpoiled) and e.serial]
    assert len(used) == len(set(used))
    assert (await stock_of(printing))["printed"] == 1_200


async def test_a_cancellation_during_the_print_waits_for_the_result(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 2)
    await printing.hears(cleared(1), cleared(2), cleared(3))
    with pytest.raises(ConnectionResetError):
        await Press(lambda db: Unplugged()).step(printing.db)
    await printing.hears(cancelled(1), cancelled(2))
    assert await states(printing) == {1: "PRINTING", 2: "PRINTING", 3: "QUEUED"}
    await Press(lambda db: Spoiling(2)).step(printing.db)
    assert await states(printing) == {1: "VOIDED", 2: "CANCELLED", 3: "QUEUED"}
    said = [
        type(e).__name__
        for e in await printing.said()
        if getattr(e, "application_id", None) == cleared(1).application_id
    ]
    assert said == ["PrintOrderQueued", "BlankAllocated", "DocumentPrinted", "DocumentVoided"]
    assert numbers(await printing.said(BlankSpoiled)) == [2]
    assert numbers(await printing.said(DocumentVoided)) == [1]
    assert await printing.said(BlankReleased) == []
    stock = await stock_of(printing)
    assert (stock["in_stock"], stock["printed"], stock["spoiled"]) == (0, 1, 1)
