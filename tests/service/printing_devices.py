"""Printers with the faults that tests need."""

import asyncio
from collections.abc import Sequence

from services.printing.printer import Job, Outcome, SimulatedPrinter
from shared.events.printing import SpoilReason
from tests.service.printing_cases import serial


class Spoiling:
    """A printer that spoils the blanks it is told to, and remembers nothing."""

    def __init__(self, *blanks: int) -> None:
        self._spoils = {serial(b) for b in blanks}

    async def print(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        reasons = {j: SpoilReason.CHIP_FAILED if j.serial in self._spoils else None for j in jobs}
        return [Outcome(j.application_id, reasons[j]) for j in reasons]


class Unplugged:
    """A printer whose cable is out: before it prints, or between its printing and its answer."""

    def __init__(self, after: SimulatedPrinter | None = None) -> None:
        self._after = after

    async def print(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        if self._after:
            await self._after.print(jobs)
        raise ConnectionResetError


class Meeting:
    """A printer that answers when two have asked it."""

    def __init__(self) -> None:
        self._both = asyncio.Barrier(2)

    async def print(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        await self._both.wait()
        return [Outcome(j.application_id, None) for j in jobs]
