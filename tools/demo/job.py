"""The whole job in its phases, from the first neighbourhood to the last document, through the doors that users have."""

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tools.demo.books import Told
from tools.demo.cast import Accepted, Cast, rows_of
from tools.demo.doors import DemoError, Doors, each
from tools.demo.following import following
from tools.demo.rounds import Rounds
from tools.demo.stillness import Stillness
from tools.demo.story import Phase, Story
from tools.sample.applications import Row
from tools.sample.script import Line

SITE, BLANK = "DISDUKCAPIL", "KTP_EL"
_FIRST_DATA_ROW = 2
"""Row numbers are a spreadsheet's: the header is row 1."""


class Job:
    """One run over one sample. Whatever is sent may be sent again: a service may die in the middle."""

    def __init__(self, doors: Doors, stillness: Stillness, story: Story, cast: Cast, folder: Path, work: Path) -> None:
        """`folder` holds the sample, `work` takes the files that are made on the way."""
        self._doors = doors
        self._stillness = stillness
        self._story = story
        self._cast = cast
        self._folder = folder
        self._work = work
        self._rounds = Rounds(doors, stillness, cast)
        self._blanks = 0

    async def run(self, first_lot: int, second_lot: int) -> Told:
        """Everything; returns what the doors answered."""
        await self._neighbourhoods()
        told = await self._import()
        await self._counter()
        await self._second_thoughts()
        await self._clearing()
        await self._withdraw("Withdrawn while waiting for a blank", self._cast.where(cancel="QUEUED"))
        await self._lot("First lot of blanks, printed", first_lot)
        await self._deliver()
        await self._late_couriers()
        await self._lot("Second lot of blanks, printed", second_lot)
        await self._deliver()
        return told

    async def _neighbourhoods(self) -> None:
        with self._story.phase("Neighbourhoods and couriers") as phase:
            taken = await self._doors.send_file("intake", "/rw", self._folder / "rw.csv", method="PUT")
            couriers = await self._doors.send_file("dispatch", "/couriers", self._folder / "tkk.csv", method="PUT")
            phase.advance(int(taken["rw"]) + int(couriers["couriers"]))

    async def _import(self) -> Told:
        with self._story.phase("Applications from a file") as phase:
            phase.expect(sum(line.door == "FILE" and not line.refused for line in self._cast.lines))
            async with following(phase, self._recorded):
                done = await self._doors.send_file("intake", "/imports", self._folder / "permohonan.csv")
            report = f"/imports/{done['import_id']}"
            lines = {line.row: line for line in self._cast.lines if line.door == "FILE"}
            for row in await self._doors.table("intake", f"{report}/accepted.csv"):
                accepted = Accepted(row["application_id"], row["nomor"], row["kode_lacak"])
                self._cast.meet(lines[int(row["baris"]) - _FIRST_DATA_ROW + 1], accepted)
            refused = await self._doors.table("intake", f"{report}/refused.csv")
            await self._stillness.reached()
        return Told(Counter(row["kode"] for row in refused))

    async def _recorded(self) -> int:
        summary = await self._doors.get("intake", "/summary")
        return sum(summary["by_state"].values())

    async def _counter(self) -> None:
        lines = {line.row: line for line in self._cast.lines if line.door == "COUNTER"}
        with self._story.phase("Applications at the counter") as phase:
            phase.expect(len(lines))
            rows = list(enumerate(rows_of(self._folder / "loket.csv"), start=1))
            await each(lambda numbered: self._record(lines[numbered[0]], numbered[1], phase), rows)
            if rows:
                await self._record_again(rows[0][1])

    async def _record(self, line: Line, row: dict[str, str], phase: Phase) -> None:
        answer = await self._doors.post("intake", "/applications", form(Row(**row)), f"counter {line.row}")
        given = answer.json()
        self._cast.meet(line, Accepted(given["application_id"], given["office_number"], given["tracking_code"]))
        phase.advance()

    async def _record_again(self, row: dict[str, str]) -> None:
        body = form(Row(**row))
        same = await self._doors.post("intake", "/applications", body, "counter 1")
        if same.json()["application_id"] not in self._cast.by_id:
            raise DemoError("intake took the same request twice.")
        other = await self._doors.post("intake", "/applications", body, "counter 1 once more", 409)
        if other.status_code != 409:
            raise DemoError("intake took a second application of one person for one document.")

    async def _second_thoughts(self) -> None:
        with self._story.phase("Corrected and withdrawn before the print") as phase:
            corrected = [a for a, line in self._cast.by_id.items() if line.new_address]
            withdrawn = self._cast.where(cancel="RECORDED")
            phase.expect(len(corrected) + len(withdrawn))
            await each(lambda a: self._correct(a, phase), corrected)
            await each(lambda a: self._cancel(a, phase), withdrawn)
            await self._stillness.reached()

    async def _clearing(self) -> None:
        with self._story.phase("Cleared by the ministry, in the queue") as phase:
            spoken = [(a, line) for a, line in self._cast.by_id.items() if line.word]
            phase.expect(sum(line.cleared for _, line in spoken))
            file = self._work / "status-pusat.csv"
            write_words(file, ((self._cast.accepted[a].office_number, line) for a, line in spoken))
            async with following(phase, self._spoken):
                done = await self._doors.send_file("intake", "/clearances", file)
            if done["refused"]:
                raise DemoError(f"intake refused {done['refused']} of the ministry's words: {done['refused_by_code']}.")
            await self._stillness.reached()

    async def _spoken(self) -> int:
        summary = await self._doors.get("intake", "/summary")
        return sum(n for state, n in summary["by_state"].items() if state not in ("RECORDED", "CANCELLED"))

    async def _lot(self, name: str, quantity: int) -> None:
        if not quantity:
            return
        first, self._blanks = self._blanks + 1, self._blanks + quantity
        receipt = {
            "site": SITE,
            "blank_kind": BLANK,
            "first_serial": f"BKS{first:09d}",
            "last_serial": f"BKS{self._blanks:09d}",
            "letter_number": f"470/{first}/DUKCAPIL",
            "quantity": quantity,
        }
        with self._story.phase(name) as phase:
            phase.expect(quantity)
            await self._doors.post("printing", "/stock/receipts", receipt, f"lot from {first}")
            async with following(phase, self._printed_on_blanks):
                await self._stillness.reached()
        at_office = {
            i["application_id"] for s in ("ASSIGNED", "WAITING_FOR_COURIER") for i in await self._deliveries(s)
        }
        await self._withdraw(
            "Withdrawn after the print", [a for a in self._cast.where(cancel="PRINTED") if a in at_office]
        )

    async def _printed_on_blanks(self) -> int:
        return sum(stock["printed"] + stock["spoiled"] for stock in await self._doors.get("printing", "/stock"))

    async def _deliveries(self, state: str) -> list[dict[str, Any]]:
        return [item async for item in self._doors.pages("dispatch", "/deliveries", state=state)]

    async def _deliver(self) -> None:
        with self._story.phase("Visits of the couriers") as phase:
            await self._rounds.until_rest(phase)

    async def _late_couriers(self) -> None:
        file = self._folder / "tkk-susulan.csv"
        if not any(True for _ in rows_of(file)):
            return
        with self._story.phase("Couriers for RW that had none") as phase:
            done = await self._doors.send_file("dispatch", "/couriers", file, method="PUT")
            phase.advance(int(done["couriers"]))
            await self._stillness.reached()

    async def _withdraw(self, name: str, application_ids: list[str]) -> None:
        with self._story.phase(name) as phase:
            phase.expect(len(application_ids))
            await each(lambda a: self._cancel(a, phase), application_ids)
            await self._stillness.reached()

    async def _cancel(self, application_id: str, phase: Phase) -> None:
        line = self._cast.by_id[application_id]
        path, body = f"/applications/{application_id}/cancellation", {"reason": "APPLICANT_REQUEST"}
        await self._doors.post("intake", path, body, f"cancel {line.door} {line.row}")
        phase.advance()

    async def _correct(self, application_id: str, phase: Phase) -> None:
        line = self._cast.by_id[application_id]
        body = {"address": line.new_address, "reason": "Alamat pada formulir keliru"}
        await self._doors.post(
            "intake", f"/applications/{application_id}/correction", body, f"correct {line.door} {line.row}"
        )
        phase.advance()


def form(row: Row) -> dict[str, Any]:
    """A row of the file as the counter types it."""
    return {
        "document_kind": row.jenis_dokumen,
        "reason": REASONS[row.alasan],
        "nik": row.nik or None,
        "kk": row.nomor_kk,
        "full_name": row.nama,
        "birth_date": year_first(row.tanggal_lahir),
        "sex": row.jenis_kelamin,
        "phone": row.no_hp or None,
        "email": row.email or None,
        "address": row.alamat,
        "landmark": row.patokan or None,
        "kelurahan": row.kelurahan,
        "rw": row.rw,
        "rt": row.rt,
        "suket_expires_on": year_first(row.suket_berlaku_sampai) or None,
        "disaster_victim": row.korban_bencana == "ya",
        "recorded_at": row.tanggal_rekam,
    }


def year_first(written: str) -> str:
    """DD-MM-YYYY as ISO 8601 writes it; "" stays."""
    return "-".join(reversed(written.split("-")))


REASONS = {
    "BARU": "FIRST",
    "PINDAH_DATANG": "MOVED_IN",
    "HILANG": "LOST",
    "RUSAK": "DAMAGED",
    "UBAH_DATA": "DATA_CHANGED",
}


def write_words(file: Path, words: Iterable[tuple[str, Line]]) -> None:
    """The ministry's words as a file that intake takes."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("nomor", "status", "tanggal"))
        writer.writerows((number, line.word, line.observed_at) for number, line in words)
