"""Print runs: the right blank for each order, in order, and what becomes of a spoiled one."""

from services.printing.press import Press
from services.printing.printer import Job, SimulatedPrinter, simulated_outcome
from shared.events.printing import (
    BlankAllocated,
    BlankSpoiled,
    DocumentPrinted,
    SpoilReason,
)
from tests.conftest import Harness
from tests.service.printing_cases import (
    cleared,
    numbers,
    on_plain_paper,
    receive,
    serial,
    states,
    stock_of,
)
from tests.service.printing_devices import Spoiling


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


async def test_the_printer_says_already_printed_for_a_job_it_knows(harness: Harness) -> None:
    printing = await harness("printing")
    jobs = [Job(cleared(9).application_id, cleared(n).application_id, serial(n)) for n in (1, 2)]
    device = SimulatedPrinter(printing.db, 0, 0.0)
    assert [o.already for o in await device.print(jobs[:1])] == [False]
    assert [(o.spoiled, o.already) for o in await device.print(jobs)] == [(None, True), (None, False)]
