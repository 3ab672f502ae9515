"""Retries and drops as the person on call asked for, and tells what became of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from shared.messaging.parking import GAP
from tools.masking import masked, shown
from tools.parked import dropping, retrying, store
from tools.parked.retrying import Retried, Signature
from tools.parked.scene import Scene, as_json, finish

if TYPE_CHECKING:
    import asyncpg

MOST_REFUSALS = 10


class Manner(NamedTuple):
    """How to go about it."""

    dry_run: bool
    json: bool


def retry_chosen(scene: Scene, signature: Signature, manner: Manner, *, rate: int | None, wait: float) -> None:
    """Marks the chosen records and tells, for `wait` seconds, what becomes of them."""
    signature = _harmless(signature)

    async def question(service: str, conn: "asyncpg.Connection") -> Retried:
        if manner.dry_run:
            rows = await store.rows(conn, scene.choice, None)
            waiting = sum(row["code"] == GAP for row in rows)
            return Retried(len(rows) - waiting, waiting, untried=len(rows) - waiting)
        return await retrying.retry(conn, service, scene.choice, signature, rate=rate, wait=wait)

    answers, silent = scene.ask(question)
    if manner.json:
        as_json({"dry_run": manner.dry_run, "services": {s: _fate(r) for s, r in answers.items()}}, silent)
    else:
        told = [_tell(s, r, manner, watched=bool(wait)) for s, r in answers.items() if r.marked or r.waiting]
        print("\n".join(told) or "Nothing of that kind is set aside.")
    finish(silent, failed=bool(wait) and not manner.dry_run and any(r.back or r.untried for r in answers.values()))


def _harmless(signature: Signature) -> Signature:
    # It is kept for ever, and people write names and numbers into a free text.
    return Signature(shown(signature.who), masked(signature.reason))


def _fate(of: Retried) -> dict[str, Any]:
    return of.__dict__ | {"back": {shown(code): number for code, number in of.back.items()}}


def _tell(service: str, of: Retried, manner: Manner, *, watched: bool) -> str:
    follow = f" ({of.waiting} more wait for an earlier one and follow by themselves)" if of.waiting else ""
    if manner.dry_run:
        return f"{service}: {of.marked} would be tried once more{follow}"
    if not watched or not of.marked:
        return f"{service}: {of.marked} marked to be tried once more{follow}"
    parts = [f"{of.left} left the table"]
    parts += [f"{number} came back with {shown(code)}" for code, number in of.back.most_common()]
    if of.untried:
        why = "no process of it is connected" if not of.runs else "not their turn, or their stream is stopped"
        parts.append(f"{of.untried} not tried yet ({why})")
    return f"{service}: {of.marked} marked; {', '.join(parts)}{follow}"


def drop_chosen(scene: Scene, signature: Signature, manner: Manner, *, sure: bool) -> None:
    """Drops the chosen records, all or, where one must not go, none; asks before unless `sure`."""
    signature = _harmless(signature)

    async def intend(_: str, conn: "asyncpg.Connection") -> dropping.Intent:
        return await dropping.intend(conn, scene.choice)

    async def drop(service: str, conn: "asyncpg.Connection") -> dropping.Dropped:
        return await dropping.drop(conn, intents[service], signature)

    intents, silent = scene.ask(intend)
    refusals = {service: intent.refusals for service, intent in intents.items() if intent.refusals}
    counts = {service: intent.records for service, intent in intents.items() if intent.records}
    if refusals or manner.dry_run or not counts:
        _tell_drop(counts, refusals, silent, manner, done=False)
        return
    if not sure:
        what = ", ".join(f"{number} of {service}" for service, number in counts.items())
        typer.confirm(f"Drop {what} for good? They will never take effect.", abort=True, err=True)
    answers, later = scene.ask(drop)
    counts = {service: len(of.rows) for service, of in answers.items() if of.rows}
    refusals = {service: of.refusals for service, of in answers.items() if of.refusals}
    _tell_drop(counts, refusals, silent | later, manner, done=True)


def _tell_drop(
    counts: Mapping[str, int], refusals: Mapping[str, Any], silent: Mapping[str, str], manner: Manner, *, done: bool
) -> None:
    against = [(service, str(r.place), r.why) for service, of in refusals.items() for r in of]
    if manner.json:
        refused = [{"service": s, "place": shown(where), "why": why} for s, where, why in against]
        as_json({"done": done, "dropped" if done else "chosen": dict(counts), "refused": refused}, silent)
    else:
        for service, number in counts.items():
            print(f"{service}: {number} {'dropped' if done else 'would be dropped' if manner.dry_run else 'chosen'}")
        for service, where, why in against[:MOST_REFUSALS]:
            print(f"{service}: {shown(where)} must not be dropped: {why}")
        if len(against) > MOST_REFUSALS:
            print(f"… and {len(against) - MOST_REFUSALS} more like these")
        if against and not done and not manner.dry_run:
            print("So nothing was dropped.")
        if not counts and not against:
            print("Nothing of that kind is set aside.")
    finish(silent, failed=bool(against))
