"""What couriers reported, kept for ever under the name that their phone gave each act."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from shared.messaging.transaction import Connection


class JudgedAct(NamedTuple):
    """An act with its verdict, as it is kept: `code` and `message` of a refusal, number of an accepted visit."""

    act_id: UUID
    application_id: UUID
    courier_badge: str
    kind: str
    outcome: str | None
    receiver: str | None
    mandate_number: str | None
    old_card: str | None
    acted_at: datetime
    reported_at: datetime
    accepted: bool
    code: str | None
    message: str | None
    state: str | None
    round: int | None
    attempt: int | None
    counted: bool | None


async def judged(conn: Connection, act_ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """The verdicts given earlier on these acts."""
    rows: list[asyncpg.Record] = await conn.fetch(
        "select act_id, accepted, code, message, state from courier_act where act_id = any($1::uuid[])", act_ids
    )
    return rows


async def keep(conn: Connection, acts: Sequence[JudgedAct]) -> int:
    """Keep acts and verdicts; returns how many were new, fewer than given when a rival kept one just now."""
    done: str = await conn.execute(
        """
        insert into courier_act
            (act_id, application_id, courier_badge, kind, outcome, receiver, mandate_number, old_card, acted_at,
             reported_at, accepted, code, message, state, round, attempt, counted)
        select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::timestamptz[], $10::timestamptz[], $11::boolean[], $12::text[], $13::text[], $14::text[],
            $15::smallint[], $16::smallint[], $17::boolean[])
        on conflict (act_id) do nothing
        """,
        *(list(column) for column in zip(*acts, strict=True)),
    )
    return int(done.rsplit(" ", 1)[1])


async def of_document(conn: Connection, application_id: UUID) -> list[asyncpg.Record]:
    """Every act reported for one document, refused ones too, in the order in which they arrived."""
    rows: list[asyncpg.Record] = await conn.fetch(
        """
        select act_id, kind, courier_badge, outcome, receiver, round, attempt, counted, accepted, code, acted_at,
            reported_at
        from courier_act where application_id = $1 order by reported_at, acted_at, act_id
        """,
        application_id,
    )
    return rows
