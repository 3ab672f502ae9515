"""One demonstration from an empty folder to the report."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stamina.instrumentation

from tools.demo.books import Told
from tools.demo.cast import expected, read_cast
from tools.demo.checks import compare
from tools.demo.doors import Doors
from tools.demo.folder import empty_folder
from tools.demo.groups import subscriptions
from tools.demo.interruption import run_interruptibly
from tools.demo.job import Job
from tools.demo.ledgers import read_books
from tools.demo.people import one_in_each_state
from tools.demo.place import Place
from tools.demo.report import build_report
from tools.demo.stillness import Stillness
from tools.demo.story import Story
from tools.demo.topics import read_topics
from tools.embedded.folder import SERVERS
from tools.embedded.launcher import SERVICES, Launcher
from tools.sample.files import Size, sample_size, write_sample

COMMITTED = Path(__file__).with_name("sample")
"""The sample of the default size, so that everyone sees the same people."""


@dataclass(frozen=True, slots=True)
class Options:
    """How large, and with how many blanks. `spoil_rate` is the share of blanks that the printer loses."""

    applications: int = 3000
    rw: int = 1013
    seed: int = 2017
    blanks: int = 1000
    second_lot: int = 1500
    spoil_rate: float = 0.004

    @property
    def size(self) -> Size:
        """The sample's size."""
        return Size(self.applications, self.rw, self.seed)


class Demonstration:
    """Owns the platform while it runs. `sample` is there after `start`, `cast` and `told` after `run`.

    With `place` it comes to that one instead, which must have nothing in it yet.
    """

    def __init__(self, options: Options, data: Path | None, story: Story, place: Place | None = None) -> None:
        stamina.instrumentation.set_on_retry_hooks([])  # a retry is no news, and its log line would break the bars
        self.options = options
        self.story = story
        self.folder = empty_folder(data)
        self.place = place or self._platform()
        self._began = time.perf_counter()

    def _platform(self) -> Launcher:
        return Launcher(
            self.folder,
            environment={
                "ANTAR_PRINTER": "simulated",
                "ANTAR_PRINTER_SEED": str(self.options.seed),
                "ANTAR_PRINTER_SPOIL_RATE": str(self.options.spoil_rate),
            },
            kafka_heap="512m" if self.options.applications > 20_000 else "256m",
            narrator=self.story.narrator(),
        )

    @property
    def launcher(self) -> Launcher:
        """The platform of its own."""
        assert isinstance(self.place, Launcher)
        return self.place

    def start(self) -> None:
        """Starts the platform, and makes the sample meanwhile."""
        with self.story.phase("The platform", bar=False) as phase, ThreadPoolExecutor(max_workers=1) as pool:
            sample: Future[Path] = pool.submit(prepare_sample, self.options.size, self.folder / "sample")
            self.place.start()
            self.sample = sample.result()
            phase.advance(len(SERVICES) + len(SERVERS))

    def stop(self) -> None:
        """Stops everything."""
        self.place.stop()

    def run(self) -> dict[str, Any]:
        """Does the job and compares; returns the report."""
        self.cast = read_cast(self.sample)
        self.told = run_interruptibly(self._job())
        return self.report()

    def report(self) -> dict[str, Any]:
        """The report as things are now; the job must have been run."""
        return run_interruptibly(self._compare())

    async def _job(self) -> Told:
        place = self.place
        heard = await subscriptions(place.bootstrap, SERVICES)
        async with (
            Doors(place.urls(), place.sign_in, self.options.seed, self._alive, place.trust) as doors,
            Stillness(self._addresses(), place.bootstrap, heard, self._alive) as stillness,
        ):
            job = Job(doors, stillness, self.story, self.cast, self.sample, self.folder)
            return await job.run(self.options.blanks, self.options.second_lot)

    async def _compare(self) -> dict[str, Any]:
        with self.story.phase("Read from the topics and compared") as phase:
            books = await read_books(self._addresses())
            log = await read_topics(self.place.bootstrap, phase.reached)
            checks = compare(books, log, expected(self.cast, books.printed), self.told)
            tracking = await one_in_each_state(self._addresses(), self.cast, self.place.tracking())
        return build_report(
            books,
            log,
            self.told,
            checks,
            size={name: getattr(self.options, name) for name in Options.__slots__},
            tracking=tracking,
            seconds=self.story.seconds | {"total": time.perf_counter() - self._began},
        )

    def _addresses(self) -> dict[str, str]:
        return {name: self.place.dsn(name) for name in SERVICES}

    def _alive(self) -> None:
        if self.place.failure is not None:
            raise self.place.failure


def prepare_sample(size: Size, folder: Path) -> Path:
    """The folder with the sample of this size: the committed one if it is that, else one made here."""
    if sample_size(COMMITTED) == size:
        return COMMITTED
    write_sample(folder, size)
    return folder
