"""What the public page and the report ask the read model."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.notify.domain import CHECKED_AT_CENTRE
from shared.events.dispatch import AttemptOutcome
from shared.messaging.transaction import Connection


async def find(conn: Connection, code: str) -> asyncpg.Record | None:
    """The facts behind a tracking code. No address, phone or e-mail is read here."""
    return await conn.fetchrow(
        """
        select application_id, document_kind, document_name, rw, recorded_at, missing, missing_at, rejected_at,
            reject_reason, central_word, central_at, cleared_at, needs_blank, cancelled_at, cancel_reason, closed_at,
            print_stage, print_at, print_reason, site, blank_kind, priority_class, class_rank, place_since,
            policy_version, queued_at, printed_at, delivery_stage, delivery_at, courier_badge, handed_over_at, visits,
            outcome, held_kelurahan, held_until, receiver, return_reason, silent
        from application where tracking_code = $1
        """,
        code,
    )


async def place(
    conn: Connection, site: str, blank_kind: str, class_rank: int, place_since: datetime, application_id: UUID
) -> asyncpg.Record:
    """The exact place in the queue of a site and kind (from 1), how many wait there, and the blanks that are free."""
    row = await conn.fetchrow(
        """
        with days as (
            select sum(n) as waiting,
                sum(n) filter (where (class_rank, day) < ($3, ($4::timestamptz at time zone 'UTC')::date)) as earlier
            from waiting_count where site = $1 and blank_kind = $2
        )
        select coalesce(waiting, 0)::bigint as waiting, 1 + coalesce(earlier, 0)::bigint + (
                select count(*) from waiting
                where site = $1 and blank_kind = $2 and class_rank = $3
                    and place_since >= date_trunc('day', $4::timestamptz, 'UTC')
                    and (place_since, application_id) < ($4, $5)
            ) as position,
            (select received - allocated + released from blank_stock where site = $1 and blank_kind = $2) as free
        from days
        """,
        site,
        blank_kind,
        class_rank,
        place_since,
        application_id,
    )
    assert row is not None
    return row


async def count_by_facts(conn: Connection) -> list[asyncpg.Record]:
    """How many applications share each combination of the facts that make a state."""
    return await conn.fetch(
        """
        select central_word, cleared_at is not null as cleared, needs_blank, cancelled_at is not null as cancelled,
            closed_at is not null as closed, print_stage, delivery_stage, silent as bereaved,
            missing_at is not null as incomplete, rejected_at is not null as rejected,
            coalesce(outcome = $1, false) as lost, coalesce(document_kind <> all($2::text[]), false) as needs_signature,
            count(*) as n
        from application group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
        """,
        AttemptOutcome.LOST_IN_TRANSIT,
        CHECKED_AT_CENTRE,
    )


async def caught_up_at(conn: Connection, application_id: UUID) -> datetime | None:
    """Up to when all that happened to this application is known here; None when nobody can say yet.

    What was set aside for it counts from when it was: the facts that follow wait behind it.
    """
    at: datetime | None = await conn.fetchval(
        """
        select least(c.at, (
            select min(p.parked_at) from parked p
            where p.key = $1 and p.version is not null and p.topic in (
                'intake.application.v1', 'intake.recipient.v1', 'printing.print-order.v1', 'dispatch.delivery.v1'
            )
        )) from caught_up c
        """,
        str(application_id),
    )
    return at


async def note_caught_up(conn: Connection, at: datetime) -> None:
    """All that was on the log at that moment has been read."""
    await conn.execute(
        "insert into caught_up (at) values ($1) on conflict (one) do update set at = greatest(caught_up.at, $1)", at
    )
