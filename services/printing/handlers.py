"""What the printing service hears: applications that may be printed, are corrected, or end."""

from collections.abc import Sequence

from services.printing import queue
from shared.events.intake import (
    ApplicationCancelled,
    ApplicationClearedForPrint,
    ApplicationCorrected,
    SuketExpiring,
    SuketRenewed,
)
from shared.messaging import Consumer, Received, Transaction

consumer = Consumer("printing")


@consumer.on_many(ApplicationClearedForPrint)
async def queue_applications(received: Sequence[Received[ApplicationClearedForPrint]], tx: Transaction) -> None:
    """Give each its place, and a blank at once where there is one."""
    await queue.join(tx, [r.event for r in received])


@consumer.on_many(ApplicationCorrected)
async def redirect_orders(received: Sequence[Received[ApplicationCorrected]], tx: Transaction) -> None:
    """The document will go where the corrected address is."""
    await queue.redirect(tx, {r.event.application_id: r.event for r in received})


@consumer.on_many(ApplicationCancelled)
async def end_orders(received: Sequence[Received[ApplicationCancelled]], tx: Transaction) -> None:
    """End the orders: a reserved blank goes to the next, a printed document is withdrawn."""
    await queue.leave(tx, [r.event.application_id for r in received])


@consumer.on_many(SuketExpiring)
async def hurry_expiring(received: Sequence[Received[SuketExpiring]], tx: Transaction) -> None:
    """Who waits in the ordinary class moves to those whose interim certificate runs out."""
    told = {r.event.application_id: r.event for r in received}
    await queue.reclassify(tx, {id_: (e.suket_expires_on, e.noticed_at) for id_, e in told.items()})


@consumer.on_many(SuketRenewed)
async def rest_renewed(received: Sequence[Received[SuketRenewed]], tx: Transaction) -> None:
    """Who is safe for another half year moves back to the ordinary class."""
    told = {r.event.application_id: r.event for r in received}
    await queue.reclassify(tx, {id_: (e.suket_expires_on, e.renewed_at) for id_, e in told.items()})
