"""What dispatch says: who has the document, and how the visits went."""

from collections.abc import Collection, Sequence
from uuid import UUID

from shared.events.dispatch import (
    DeliveryAssigned,
    DeliveryAttempted,
    DeliveryCompleted,
    DocumentHandedOver,
    DocumentHeldForPickup,
    DocumentReturned,
    ReturnReason,
)
from shared.messaging.transaction import Connection


async def assign(conn: Connection, events: Sequence[DeliveryAssigned]) -> None:
    """A courier will bring it; at most one event an application, as in every function here."""
    await conn.execute(
        """
        insert into application (application_id, delivery_stage, delivery_at, courier_badge)
        select application_id, 'ASSIGNED', at, badge
        from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as n (application_id, at, badge)
        on conflict (application_id) do update
        set delivery_stage = excluded.delivery_stage, delivery_at = excluded.delivery_at,
            courier_badge = excluded.courier_badge
        """,
        [e.application_id for e in events],
        [e.assigned_at for e in events],
        [e.courier_badge for e in events],
    )


async def hand_to_courier(conn: Connection, events: Sequence[DocumentHandedOver]) -> None:
    """A courier has it."""
    await conn.execute(
        """
        insert into application (application_id, delivery_stage, delivery_at, handed_over_at, courier_badge)
        select application_id, 'WITH_COURIER', at, at, badge
        from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as n (application_id, at, badge)
        on conflict (application_id) do update
        set delivery_stage = excluded.delivery_stage, delivery_at = excluded.delivery_at,
            handed_over_at = excluded.handed_over_at, courier_badge = excluded.courier_badge
        """,
        [e.application_id for e in events],
        [e.handed_over_at for e in events],
        [e.courier_badge for e in events],
    )


async def visit(conn: Connection, events: Sequence[DeliveryAttempted], deaths: Collection[UUID]) -> None:
    """A visit without hand-over: `application.visits` is its number if it counts. `deaths` are to be kept quiet."""
    await conn.execute(
        """
        insert into application as a (application_id, delivery_stage, delivery_at, outcome, visits, silent)
        select application_id, 'ATTEMPTED', at, outcome, attempt, application_id = any($5::uuid[])
        from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::smallint[])
            as n (application_id, at, outcome, attempt)
        on conflict (application_id) do update
        set delivery_stage = excluded.delivery_stage, delivery_at = excluded.delivery_at, outcome = excluded.outcome,
            visits = excluded.visits, silent = a.silent or excluded.silent
        """,
        [e.application_id for e in events],
        [e.attempted_at for e in events],
        [e.outcome for e in events],
        [e.attempt if e.counted else None for e in events],
        deaths,
    )


async def complete(conn: Connection, events: Sequence[DeliveryCompleted]) -> None:
    """It is in the hands of `receiver`."""
    await conn.execute(
        """
        insert into application (application_id, delivery_stage, delivery_at, receiver)
        select application_id, 'COMPLETED', at, receiver
        from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as n (application_id, at, receiver)
        on conflict (application_id) do update
        set delivery_stage = excluded.delivery_stage, delivery_at = excluded.delivery_at, receiver = excluded.receiver
        """,
        [e.application_id for e in events],
        [e.completed_at for e in events],
        [e.receiver for e in events],
    )


async def hold(conn: Connection, events: Sequence[DocumentHeldForPickup]) -> None:
    """It waits at the kelurahan."""
    await conn.execute(
        """
        insert into application (application_id, delivery_stage, delivery_at, held_kelurahan, held_until, outcome)
        select application_id, 'HELD', at, kelurahan, until, reason
        from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::date[], $5::text[])
            as n (application_id, at, kelurahan, until, reason)
        on conflict (application_id) do update
        set delivery_stage = excluded.delivery_stage, delivery_at = excluded.delivery_at,
            held_kelurahan = excluded.held_kelurahan, held_until = excluded.held_until, outcome = excluded.outcome
        """,
        [e.application_id for e in events],
        [e.held_at for e in events],
        [e.kelurahan_code for e in events],
        [e.until for e in events],
        [e.reason for e in events],
    )


async def take_back(conn: Connection, events: Sequence[DocumentReturned]) -> None:
    """It is back at the office; after a death nothing is sent."""
    await conn.execute(
        """
        insert into application as a (application_id, delivery_stage, delivery_at, return_reason, silent)
        select application_id, 'RETURNED', at, reason, deceased
        from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::boolean[])
            as n (application_id, at, reason, deceased)
        on conflict (application_id) do update
        set delivery_stage = excluded.delivery_stage, delivery_at = excluded.delivery_at,
            return_reason = excluded.return_reason, silent = a.silent or excluded.silent
        """,
        [e.application_id for e in events],
        [e.returned_at for e in events],
        [e.reason for e in events],
        [e.reason == ReturnReason.DECEASED for e in events],
    )
