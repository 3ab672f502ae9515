"""What printing says: the place in the queue, the print, and the blanks that are left."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.notify.domain import PrintStage, rank_of
from shared.events.printing import PrintOrderQueued, PrintOrderReclassified
from shared.messaging.transaction import Connection


class PrintWord(NamedTuple):
    """The latest word of a print order; `reason` where it has one."""

    application_id: UUID
    stage: PrintStage
    at: datetime
    reason: str | None = None


class Blanks(NamedTuple):
    """How the count of a blank kind at a site changes."""

    received: int = 0
    allocated: int = 0
    released: int = 0


StockId = tuple[str, str]
"""(site, blank kind)"""


async def queue(conn: Connection, events: Sequence[PrintOrderQueued]) -> None:
    """The application has its place, which it keeps whatever happens at the printer."""
    await conn.execute(
        """
        insert into application (application_id, print_stage, print_at, queued_at, needs_blank, site, blank_kind,
            priority_class, class_rank, place_since, policy_version)
        select application_id, 'QUEUED', at, at, blank_kind is not null, site, blank_kind, class, rank, since, version
        from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::smallint[],
            $7::timestamptz[], $8::int[]) as n (application_id, at, site, blank_kind, class, rank, since, version)
        on conflict (application_id) do update
        set print_stage = excluded.print_stage, print_at = excluded.print_at, queued_at = excluded.queued_at,
            needs_blank = excluded.needs_blank, site = excluded.site, blank_kind = excluded.blank_kind,
            priority_class = excluded.priority_class, class_rank = excluded.class_rank,
            place_since = excluded.place_since, policy_version = excluded.policy_version
        """,
        [e.application_id for e in events],
        [e.queued_at for e in events],
        [e.site for e in events],
        [e.blank_kind for e in events],
        [e.priority_class for e in events],
        [rank_of(e.priority_class) if e.priority_class else None for e in events],
        [e.place_since for e in events],
        [e.policy_version for e in events],
    )


async def reclassify(conn: Connection, events: Sequence[PrintOrderReclassified]) -> None:
    """The application waits in another class; its row is there, since it was queued before."""
    await conn.execute(
        """
        update application a set priority_class = n.class, class_rank = n.rank
        from unnest($1::uuid[], $2::text[], $3::smallint[]) as n (application_id, class, rank)
        where a.application_id = n.application_id
        """,
        [e.application_id for e in events],
        [e.priority_class for e in events],
        [rank_of(e.priority_class) for e in events],
    )


async def say(conn: Connection, words: Sequence[PrintWord]) -> None:
    """The print order went on."""
    await conn.execute(
        """
        insert into application as a (application_id, print_stage, print_at, print_reason, printed_at)
        select application_id, stage, at, reason, case when stage = 'PRINTED' then at end
        from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[]) as n (application_id, stage, at, reason)
        on conflict (application_id) do update
        set print_stage = excluded.print_stage, print_at = excluded.print_at, print_reason = excluded.print_reason,
            printed_at = coalesce(excluded.printed_at, a.printed_at)
        """,
        [w.application_id for w in words],
        [w.stage for w in words],
        [w.at for w in words],
        [w.reason for w in words],
    )


async def take_turn(conn: Connection) -> None:
    """One transaction at a time changes the queue and the blanks; call it before the functions below.

    They write counts that everybody shares. Without this, two instances of the service would lock them crosswise.
    """
    await conn.execute("select pg_advisory_xact_lock(hashtextextended('notify-queue', 0))")


async def join_queue(conn: Connection, application_ids: Sequence[UUID]) -> None:
    """Those of them that wait for a blank, by all that is known of them, stand in the queue and are counted."""
    await conn.execute(
        """
        with joined as (
            insert into waiting (application_id, site, blank_kind, class_rank, place_since)
            select application_id, site, blank_kind, class_rank, place_since from application
            where application_id = any($1::uuid[]) and print_stage in ('QUEUED', 'SPOILED', 'RELEASED')
                and class_rank is not null and blank_kind is not null and cancelled_at is null
            on conflict (application_id) do nothing
            returning site, blank_kind, class_rank, (place_since at time zone 'UTC')::date as day
        )
        insert into waiting_count as c (site, blank_kind, class_rank, day, n)
        select site, blank_kind, class_rank, day, count(*) from joined group by 1, 2, 3, 4
        on conflict (site, blank_kind, class_rank, day) do update set n = c.n + excluded.n
        """,
        application_ids,
    )


async def leave_queue(conn: Connection, application_ids: Sequence[UUID]) -> None:
    """They wait no longer and are not counted any more."""
    await conn.execute(
        """
        with gone as (
            delete from waiting where application_id = any($1::uuid[])
            returning site, blank_kind, class_rank, (place_since at time zone 'UTC')::date as day
        ), counted as (
            select site, blank_kind, class_rank, day, count(*) as n from gone group by 1, 2, 3, 4
        )
        update waiting_count c set n = c.n - g.n from counted g
        where (c.site, c.blank_kind, c.class_rank, c.day) = (g.site, g.blank_kind, g.class_rank, g.day)
        """,
        application_ids,
    )


async def count_blanks(conn: Connection, changes: Mapping[StockId, Blanks]) -> None:
    """Add to the counts, once for each event (the core sees to that)."""
    rows = sorted(changes.items())
    await conn.execute(
        """
        insert into blank_stock as s (site, blank_kind, received, allocated, released)
        select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
        on conflict (site, blank_kind) do update
        set received = s.received + excluded.received, allocated = s.allocated + excluded.allocated,
            released = s.released + excluded.released
        """,
        [site for (site, _), _ in rows],
        [blank_kind for (_, blank_kind), _ in rows],
        [blanks.received for _, blanks in rows],
        [blanks.allocated for _, blanks in rows],
        [blanks.released for _, blanks in rows],
    )
