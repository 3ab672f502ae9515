"""Looks at what is set aside and changes nothing."""

import json as json_
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tools.failing import fail
from tools.moments import utc_now
from tools.parked import showing, store
from tools.parked.scene import Scene, as_json, blocks, finish

if TYPE_CHECKING:
    import asyncpg

MANY = 20
"""Records shown whole in one go."""


def show_causes(scene: Scene, *, json: bool) -> None:
    """Prints the groups of records with one cause."""

    async def question(service: str, conn: "asyncpg.Connection") -> list[dict[str, Any]]:
        return [showing.group(service, row) for row in await store.groups(conn, scene.choice)]

    answers, silent = scene.ask(question)
    groups = [group for of in answers.values() for group in of]
    if json:
        as_json({"groups": groups}, silent)
    else:
        blocks(showing.group_lines(group, utc_now()) for group in groups)
        _sum_up(groups, list(answers))
    finish(silent)


def _sum_up(groups: Sequence[Mapping[str, Any]], services: Sequence[str]) -> None:
    if not groups:
        if services:
            print(f"Nothing of that kind is set aside in {', '.join(services)}.")
        return
    waiting = sum(group["records"] for group in groups if group["code"] == "gap")
    refused = sum(group["records"] for group in groups) - waiting
    print(f"\n{refused} refused, {waiting} waiting behind them. One of them whole: antar parked show PLACE")


def show_each(scene: Scene, limit: int, *, json: bool) -> None:
    """Prints single records, at most `limit` of a service."""

    async def question(service: str, conn: "asyncpg.Connection") -> tuple[list[dict[str, Any]], int]:
        rows = await store.rows(conn, scene.choice, limit)
        total = len(rows) if len(rows) < limit else await store.count(conn, scene.choice)
        return [showing.record(service, row) for row in rows], total

    answers, silent = scene.ask(question)
    records = [record for rows, _ in answers.values() for record in rows]
    total = sum(total for _, total in answers.values())
    if json:
        as_json({"records": records, "total": total}, silent)
    elif records:
        blocks(showing.record_lines(record, utc_now()) for record in records)
        print(f"\n{len(records)} of {total}" + (": narrow it down, or raise --limit" if len(records) < total else ""))
    else:
        _sum_up([], list(answers))
    finish(silent)


def show_whole(scene: Scene, *, json: bool) -> None:
    """Prints records with their headers and values; of an aggregate only the first, with what queues behind it."""

    async def question(service: str, conn: "asyncpg.Connection") -> list[dict[str, Any]]:
        rows = await store.whole(conn, scene.choice, MANY)
        heads, seen = [], set()
        for row in rows:
            aggregate = (row["topic"], row["key"])
            if row["version"] is None or aggregate not in seen:
                heads.append(showing.whole(service, row, await store.behind(conn, row)))
                seen.add(aggregate)
        return heads

    answers, silent = scene.ask(question)
    records = [record for of in answers.values() for record in of]
    if json:
        as_json({"records": records}, silent)
    else:
        blocks(_whole(record) for record in records)
    if not records and not silent:
        fail(f"No such record is set aside in {', '.join(answers)}: it was applied, dropped, or never there.")
    finish(silent)


def _whole(record: Mapping[str, Any]) -> list[str]:
    width = max(map(len, record["headers"]), default=0)
    return [
        *showing.whole_lines(record, utc_now()),
        "  headers",
        *(f"    {name:<{width}}  {'(none)' if value is None else value}" for name, value in record["headers"].items()),
        "  value",
        *("    " + line for line in _pretty(record["value"]).splitlines()),
    ]


def _pretty(value: Any) -> str:
    if value is None:
        return "(empty: an erasure)"
    return value if isinstance(value, str) else json_.dumps(value, indent=1)


def show_history(scene: Scene, limit: int, *, json: bool) -> None:
    """Prints what people did, the latest first, at most `limit` of a service."""

    async def question(service: str, conn: "asyncpg.Connection") -> list[dict[str, Any]]:
        return [showing.action(service, row) for row in await store.actions(conn, scene.choice, limit)]

    answers, silent = scene.ask(question)
    actions = sorted((a for of in answers.values() for a in of), key=lambda a: str(a["at"]), reverse=True)[:limit]
    if json:
        as_json({"actions": actions}, silent)
    elif actions:
        blocks(showing.action_lines(action, utc_now()) for action in actions)
    elif answers:
        print("Nobody has retried or dropped anything of that kind.")
    finish(silent)
