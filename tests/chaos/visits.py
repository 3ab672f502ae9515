"""The couriers' days under faults: what waits is handed out, each document is visited as its line of the script says."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from tests.chaos.asking import Asking
from tools.demo.cast import Cast
from tools.demo.doors import each
from tools.demo.rounds import ACTS_AT_ONCE, receipt

CANCELLED = {"reason": "APPLICANT_REQUEST"}
_BY_HIMSELF = {"receiver": "APPLICANT", "old_card": "NONE_HELD"}
"""For one whom the script meant to be refused, and who was not: he came again when his first document was there."""


class Visits:
    """One day after another. An act that was refused is made anew, under another name, on a later day."""

    def __init__(self, doors: Asking, cast: Cast) -> None:
        self._doors = doors
        self._cast = cast
        self._made: Counter[str] = Counter()
        self._tries: Counter[str] = Counter()
        self._cancelled: set[str] = set()
        self._days = 0

    async def day(self) -> None:
        """Hand out, visit, report; then what the coordinator and the owners do about the rest."""
        self._days += 1
        at_office = await self._where("ASSIGNED")
        await each(self.cancel, [a for a in at_office if self._cast.by_id[a].cancel == "PRINTED"])
        await self._doors.ask("dispatch", "/handovers/all", {}, f"round {self._days}")
        items = [i async for i in self._doors.pages("dispatch", "/deliveries", state="WITH_COURIER") if self._known(i)]
        if items:
            await self._report([self._act(item) for item in items[:ACTS_AT_ONCE]])
        await each(self._route, [a for a in await self._where("WAITING_FOR_ROUTE") if self._ends(a, "ROUTE")])
        await each(self._fetch, [a for a in await self._where("HELD_FOR_PICKUP") if self._ends(a, "PICKUP")])

    async def cancel(self, application_id: str) -> None:
        """The applicant has changed his mind; he says so once."""
        if application_id not in self._cancelled:
            self._cancelled.add(application_id)
            path = f"/applications/{application_id}/cancellation"
            await self._doors.ask("intake", path, CANCELLED, f"cancel {application_id}")

    def _known(self, item: dict[str, Any]) -> bool:
        # What was taken a moment ago may be through already, while its answer is still on the way to us.
        return item["application_id"] in self._cast.by_id

    def _act(self, item: dict[str, Any]) -> dict[str, Any]:
        application_id = item["application_id"]
        line = self._cast.by_id[application_id]
        act = {
            "act_id": str(self._doors.name(f"visit {application_id} {self._tries[application_id]}")),
            "application_id": application_id,
            "courier_badge": item["courier_badge"],
            "acted_at": datetime.now(UTC).isoformat(),
        }
        left = line.visits[self._made[application_id] :]
        if not left or left[0] == "DELIVERED":
            return act | {"kind": "completion"} | (receipt(line) if line.receiver else _BY_HIMSELF)
        return act | {"kind": "attempt", "outcome": left[0]}

    async def _report(self, acts: list[dict[str, Any]]) -> None:
        answer = await self._doors.ask("dispatch", "/courier-reports", {"acts": acts}, f"report {self._days}")
        by_id = {act["act_id"]: act["application_id"] for act in acts}
        for result in answer["results"] if answer else ():
            application_id = by_id[result["act_id"]]
            self._tries[application_id] += 1
            self._made[application_id] += result["accepted"]
            if not result["accepted"]:
                self._doors.refused[f"act {result['code']}"] += 1

    async def _route(self, application_id: str) -> None:
        line = self._cast.by_id[application_id]
        place = {"kelurahan": line.route_kelurahan, "rw": line.route_rw}
        step = f"route {application_id} {self._days}"
        await self._doors.ask("dispatch", f"/deliveries/{application_id}/route", place, step)

    async def _fetch(self, application_id: str) -> None:
        given = receipt(self._cast.by_id[application_id])
        step = f"pickup {application_id} {self._days}"
        await self._doors.ask("dispatch", f"/deliveries/{application_id}/pickup", given, step)

    def _ends(self, application_id: str, ending: str) -> bool:
        return self._cast.by_id[application_id].ending == ending

    async def _where(self, state: str) -> list[str]:
        pages = self._doors.pages("dispatch", "/deliveries", state=state)
        return [item["application_id"] async for item in pages if self._known(item)]
