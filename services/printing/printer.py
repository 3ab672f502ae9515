"""The border to the printers: a protocol, and a simulated device that remembers what it has printed."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from services.printing.store import device
from shared.events.printing import SpoilReason
from shared.messaging import Database


class Job(NamedTuple):
    """One document at the printer. Run and application name the job: asked again, it is the same job.

    `serial` is the blank it goes on, None for plain paper.
    """

    run_id: UUID
    application_id: UUID
    serial: str | None


class Outcome(NamedTuple):
    """What became of a job. `spoiled` None means there is a good document, be it printed now or before."""

    application_id: UUID
    spoiled: SpoilReason | None
    already: bool = False


class Printer(Protocol):
    """A device that prints each job at most once, however often it is asked."""

    async def print(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        """The outcome of each job, in any order.

        Raises:
            OSError: the device does not answer; some jobs may be printed. Ask again with the same jobs.
        """
        ...


_SPOILS = (
    SpoilReason.CHIP_FAILED,
    SpoilReason.PRINT_FAILED,
    SpoilReason.FACTORY_DEFECT,
    SpoilReason.PHYSICAL_DAMAGE,
)


def simulated_outcome(seed: int, serial: str | None, spoil_rate: float) -> SpoilReason | None:
    """Whether the simulated printer spoils this blank: a pure function, so runs can be repeated.

    `spoil_rate` is the share of blanks lost, 0 to 1 (0.0015 in the figures of 2020). Plain paper never spoils.
    """
    if serial is None or spoil_rate <= 0:
        return None
    digest = hashlib.blake2b(f"{seed}:{serial}".encode(), digest_size=9).digest()
    if int.from_bytes(digest[:8]) >= spoil_rate * 2**64:
        return None
    return _SPOILS[digest[8] % len(_SPOILS)]


class SimulatedPrinter:
    """Stands for a device outside: its memory is a table that it writes in transactions of its own."""

    def __init__(self, db: Database, seed: int, spoil_rate: float) -> None:
        self._db = db
        self._seed = seed
        self._spoil_rate = spoil_rate

    async def print(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        """Print what it has not printed yet; the same answer for the rest."""
        async with self._db.reading() as conn:
            new = await device.remember(
                conn, [j.run_id for j in jobs], [j.application_id for j in jobs], [j.serial for j in jobs]
            )
        return [
            Outcome(
                job.application_id,
                simulated_outcome(self._seed, job.serial, self._spoil_rate),
                already=job.application_id not in new,
            )
            for job in jobs
        ]
