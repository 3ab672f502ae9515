"""Where the storekeeper and the printer begin: whether the blanks add up, and who waits for them."""

import pytest

from shared.people import Role
from tests.browsing import Page
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.people import someone
from tests.service.printing_cases import cleared, receive


async def home(printing: ServiceUnderTest, role: Role = Role.STOREKEEPER) -> Page:
    return Page(await printing.browser(someone(role)).get("/cetak"))


@pytest.mark.parametrize("role", [Role.STOREKEEPER, Role.PRINTER, Role.SUPERVISOR])
async def test_before_the_first_box_the_page_says_so(harness: Harness, role: Role) -> None:
    page = await home(await harness("printing"), role)
    assert page.status == 200
    assert "Belum ada blangko." in page.text
    assert "Tidak ada yang menunggu blangko." in page.text


async def test_the_balance_adds_up_and_the_queue_is_told_by_class(harness: Harness) -> None:
    printing = await harness("printing", printer="manual")
    await receive(printing, 1, 5)
    await printing.hears(*(cleared(number) for number in range(1, 9)))
    await printing.works()
    text = (await home(printing)).text
    assert "5 diterima" in text
    assert "5 dipesan" in text
    assert "Cocok: 5 = 5" in text
    assert "Menunggu sejak siap cetak KTP-el 3" in text


async def test_a_stock_that_does_not_add_up_is_said_first(harness: Harness) -> None:
    printing = await harness("printing")
    await receive(printing, 1, 5)
    async with printing.pool.acquire() as conn, conn.transaction():
        await conn.execute("set local session_replication_role = replica")
        await conn.execute("update blank set state = 'SPOILED' where serial = (select min(serial) from blank)")
    text = (await home(printing)).text
    assert "Hitungan ulang KTP-el di Kantor Dinas tidak sama dengan neraca." in text
    assert "Cocok" not in text
