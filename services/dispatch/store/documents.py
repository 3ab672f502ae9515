"""Printed documents as their acts find and leave them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.dispatch.domain import Document, State
from shared.events.dispatch import Holder, Receiver, ReturnReason
from shared.messaging.transaction import Connection


async def lock(conn: Connection, application_ids: Sequence[UUID]) -> None:
    """Keep others from these deliveries. What is read next is then true until the end of the transaction."""
    await conn.execute(
        "select from delivery where application_id = any($1::uuid[]) order by application_id for update",
        application_ids,
    )


async def load(conn: Connection, application_ids: Sequence[UUID]) -> dict[UUID, Document]:
    """The printed documents among these applications, with their holders."""
    rows = await conn.fetch(
        """
        select d.application_id, d.state, d.round, d.attempts, c.holder, c.courier_badge, d.on_blank,
            d.kelurahan_code, d.courier_badge, d.recalled_at, d.held_until, d.receiver, d.completed_at, d.return_reason,
            d.rw
        from delivery d join custody c using (application_id)
        where d.application_id = any($1::uuid[])
        """,
        application_ids,
    )
    return {row[0]: _document(row) for row in rows}


def _document(row: asyncpg.Record) -> Document:
    (
        one,
        state,
        of,
        attempts,
        holder,
        holder_badge,
        on_blank,
        place,
        badge,
        recalled,
        held,
        receiver,
        done,
        reason,
        rw,
    ) = row
    return Document(
        application_id=one,
        state=State(state),
        round=of,
        attempts=attempts,
        holder=Holder(holder),
        holder_badge=holder_badge,
        on_blank=on_blank,
        kelurahan_code=place,
        courier_badge=badge,
        recalled_at=recalled,
        held_until=held,
        receiver=receiver and Receiver(receiver),
        completed_at=done,
        return_reason=reason and ReturnReason(reason),
        rw=rw,
    )


async def keep(conn: Connection, changed: Sequence[Document]) -> None:
    """Write down what became of these documents; who holds them is `custody.move`'s to write."""
    await conn.execute(
        """
        update delivery d
        set state = x.state, attempts = x.attempts, courier_badge = x.badge, held_until = x.held_until,
            receiver = x.receiver, completed_at = x.completed_at, return_reason = x.reason
        from unnest($1::uuid[], $2::text[], $3::smallint[], $4::text[], $5::date[], $6::text[], $7::timestamptz[],
            $8::text[]) as x (id, state, attempts, badge, held_until, receiver, completed_at, reason)
        where d.application_id = x.id
        """,
        [d.application_id for d in changed],
        [d.state for d in changed],
        [d.attempts for d in changed],
        [d.courier_badge for d in changed],
        [d.held_until for d in changed],
        [d.receiver for d in changed],
        [d.completed_at for d in changed],
        [d.return_reason for d in changed],
    )


async def send_elsewhere(conn: Connection, application_id: UUID, kelurahan_code: str, rw: str, at: datetime) -> None:
    """The coordinator's word on where the document goes; from now on it stands above the recipient's address."""
    await conn.execute(
        """
        update delivery
        set state = 'WAITING_FOR_COURIER', courier_badge = null, kelurahan_code = $2, rw = $3, routed_at = $4
        where application_id = $1
        """,
        application_id,
        kelurahan_code,
        rw,
        at,
    )
