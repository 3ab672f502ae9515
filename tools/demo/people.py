"""Picks one person in each state, so that whoever watches can open a tracking page of each kind."""

from collections.abc import Mapping

import asyncpg

from tools.demo.cast import Cast

_AT_INTAKE = "select state, min(id::text) from application where id <> all($1::uuid[]) group by state"
_IN_QUEUE = "select application_id from print_order where state = 'QUEUED'"
_ON_THE_WAY = "select state, min(application_id::text) from delivery where state <> 'EXPECTED' group by state"
_PRINTED = "select application_id from delivery where state <> 'EXPECTED'"


async def one_in_each_state(addresses: Mapping[str, str], cast: Cast, tracking: str) -> dict[str, str]:
    """The address of a tracking page by state; `tracking` is where the pages are."""
    waiting = [row[0] for row in await _ask(addresses["printing"], _IN_QUEUE)]
    printed = [row[0] for row in await _ask(addresses["dispatch"], _PRINTED)]
    found = {"WAITING_FOR_BLANK": str(waiting[0])} if waiting else {}
    found |= dict(map(tuple, await _ask(addresses["intake"], _AT_INTAKE, [*waiting, *printed])))
    found |= dict(map(tuple, await _ask(addresses["dispatch"], _ON_THE_WAY)))
    return {state: f"{tracking}/lacak/{cast.accepted[one].tracking_code}" for state, one in sorted(found.items())}


async def _ask(address: str, query: str, *given: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(address)
    try:
        rows: list[asyncpg.Record] = await connection.fetch(query, *given)
        return rows
    finally:
        await connection.close()
