"""The couriers' days: the office hands out what waits, each courier makes one visit per document and reports it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from tools.demo.cast import Cast
from tools.demo.doors import DemoError, Doors, each
from tools.demo.stillness import Stillness
from tools.demo.story import Phase
from tools.sample.script import Line

ACTS_AT_ONCE = 500
_ROUNDS = 20


class Rounds:
    """Goes on until every document has found its end, or waits for somebody: a route, a courier, its owner."""

    def __init__(self, doors: Doors, stillness: Stillness, cast: Cast) -> None:
        self._doors = doors
        self._stillness = stillness
        self._cast = cast
        self._visits: Counter[str] = Counter()
        self._round = 0

    async def until_rest(self, phase: Phase) -> None:
        """Rounds without end would mean that a document moves in circles."""
        for _ in range(_ROUNDS):
            if not await self._day(phase):
                return
        raise DemoError(f"After {_ROUNDS} rounds there are still documents on the way.")

    async def _day(self, phase: Phase) -> bool:
        self._round += 1
        await self._doors.post("dispatch", "/handovers/all", {}, f"round {self._round}")
        acts = [self._act(item) async for item in self._doors.pages("dispatch", "/deliveries", state="WITH_COURIER")]
        phase.expect(phase.done + len(acts))
        await each(lambda batch: self._report(batch, phase), _batches(acts, self._round), at_once=4)
        moved = await self._route() + await self._fetch()
        # Before the next visit everyone must have been told of this one: what is overtaken is not told any more.
        await self._stillness.reached()
        return bool(acts or moved)

    def _act(self, item: dict[str, Any]) -> dict[str, Any]:
        application_id = item["application_id"]
        line = self._cast.by_id[application_id]
        visit = self._visits[application_id]
        self._visits[application_id] += 1
        if visit >= len(line.visits):
            raise DemoError(f"Row {line.row} of the script ends, but its document is still with the courier.")
        act = {
            "act_id": str(self._doors.name(f"visit {line.door} {line.row} {visit}")),
            "application_id": application_id,
            "courier_badge": item["courier_badge"],
            "acted_at": datetime.now(UTC).isoformat(),
        }
        if line.visits[visit] == "DELIVERED":
            return act | {"kind": "completion"} | receipt(line)
        return act | {"kind": "attempt", "outcome": line.visits[visit]}

    async def _report(self, batch: tuple[str, Sequence[dict[str, Any]]], phase: Phase) -> None:
        step, acts = batch
        answer = await self._doors.post("dispatch", "/courier-reports", {"acts": acts}, step)
        refused = [result for result in answer.json()["results"] if not result["accepted"]]
        if refused:
            raise DemoError(f"dispatch refused {len(refused)} acts of couriers, the first with {refused[0]['code']}.")
        phase.advance(len(acts))

    async def _route(self) -> int:
        waiting = await self._where("WAITING_FOR_ROUTE")
        known = [a for a in waiting if self._cast.by_id[a].ending == "ROUTE"]
        await each(self._route_one, known)
        return len(known)

    async def _route_one(self, application_id: str) -> None:
        line = self._cast.by_id[application_id]
        place = {"kelurahan": line.route_kelurahan, "rw": line.route_rw}
        await self._doors.post(
            "dispatch", f"/deliveries/{application_id}/route", place, f"route {line.door} {line.row}"
        )

    async def _fetch(self) -> int:
        held = await self._where("HELD_FOR_PICKUP")
        fetching = [a for a in held if self._cast.by_id[a].ending == "PICKUP"]
        await each(self._fetch_one, fetching)
        return len(fetching)

    async def _fetch_one(self, application_id: str) -> None:
        line = self._cast.by_id[application_id]
        path = f"/deliveries/{application_id}/pickup"
        await self._doors.post("dispatch", path, receipt(line), f"pickup {line.door} {line.row}")

    async def _where(self, state: str) -> list[str]:
        return [item["application_id"] async for item in self._doors.pages("dispatch", "/deliveries", state=state)]


def receipt(line: Line) -> dict[str, str]:
    """Who takes the document and what he gives for it."""
    given = {"receiver": line.receiver, "old_card": line.old_card}
    if line.receiver == "MANDATE_HOLDER":
        given["mandate_number"] = f"SK/{line.door}/{line.row}"
    return given


def _batches(acts: Sequence[dict[str, Any]], day: int) -> Iterator[tuple[str, Sequence[dict[str, Any]]]]:
    for start in range(0, len(acts), ACTS_AT_ONCE):
        yield f"report {day} {start}", acts[start : start + ACTS_AT_ONCE]
