"""Nothing is printed twice and no blank is lost from the books, wherever the work was cut off."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from services.printing.press import Press
from services.printing.printer import SimulatedPrinter
from services.printing.store import runs
from shared.events.intake import ApplicationClearedForPrint
from shared.events.printing import (
    BlankReleased,
    BlankSpoiled,
    DocumentPrinted,
    DocumentVoided,
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
from tests.service.printing_devices import Meeting, Spoiling, Unplugged


async def printed_by_device(printing: ServiceUnderTest) -> list[str]:
    rows = await printing.pool.fetch("select serial from simulated_print order by serial")
    return [row["serial"] for row in rows]


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


class Crash(Exception):
    """The process died here."""


class CutOff(Database):
    """A database whose connection dies at the `moment`-th use: just before or just after the commit."""

    def __init__(self, db: Database, moment: int, *, committed: bool) -> None:
        super().__init__(db.pool, db.owner)
        self._left = moment
        self._lands = committed

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        self._left -= 1
        async with super().transaction() as tx:
            yield tx
            if self._left == 0 and not self._lands:
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


async def test_the_paper_that_one_worker_has_in_hand_another_leaves_alone(harness: Harness) -> None:
    printing = await harness("printing")
    await printing.hears(on_plain_paper(1), on_plain_paper(2))
    async with printing.db.transaction() as tx:
        assert len(await runs.next_ready(tx.conn, "DISDUKCAPIL", 500)) == 2
        async with asyncio.timeout(5):  # it does not even wait for the other
            assert not await printing.parts.workers[1].step(printing.db)
    assert await printed_by_device(printing) == []


@pytest.mark.parametrize("kind", [cleared, on_plain_paper])
async def test_two_who_ask_for_the_same_run_after_a_crash_record_it_once(
    harness: Harness, kind: Callable[[int], ApplicationClearedForPrint]
) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 5)
    await printing.hears(kind(1), kind(2))
    with pytest.raises(ConnectionResetError):
        await Press(lambda db: Unplugged()).step(printing.db)
    printer = Meeting()
    await asyncio.gather(*(Press(lambda db: printer).step(printing.db) for _ in range(2)))
    assert sorted(numbers(await printing.said(DocumentPrinted))) == [1, 2]
    assert (await stock_of(printing))["in_stock"] == (3 if kind is cleared else 5)


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
