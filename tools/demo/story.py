"""Tells what is going on: moving bars at a terminal, one plain line per phase elsewhere; and takes the time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from tools.embedded.narration import Narrator

Watch = Callable[[str, int], None]
"""Told (phase, how much of it is done) at each step: how a test strikes in the middle of a phase."""


class Phase:
    """One part of the story while it is going on."""

    def __init__(self, name: str, told: Callable[[int, int | None], None]) -> None:
        self.name = name
        self.done = 0
        self.total: int | None = None
        self._told = told

    def expect(self, total: int) -> None:
        """So many in all, as far as is known now."""
        self.total = total
        self._told(self.done, total)

    def advance(self, by: int = 1) -> None:
        """So many more are done."""
        self.done += by
        self._told(self.done, self.total)

    def reached(self, done: int) -> None:
        """So many are done by now."""
        self.done = done
        self._told(done, self.total)


class Story:
    """The phases in order. `seconds` are theirs by name; a name that comes again adds up."""

    def __init__(self, console: Console | None = None, watch: Watch = lambda _phase, _done: None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.seconds: dict[str, float] = {}
        self._watch = watch

    def say(self, sentence: str) -> None:
        """One line."""
        self.console.print(sentence, markup=False)

    def narrator(self) -> Narrator:
        """For the launcher, whose sentences come between the phases."""
        return Narrator(self.console)

    @contextmanager
    def phase(self, name: str, *, bar: bool = True) -> Iterator[Phase]:
        """What happens inside is this phase; without `bar` where somebody else draws one."""
        began = time.perf_counter()
        with self._bar(name, drawn=bar and self.console.is_terminal) as show:
            phase = Phase(name, lambda done, total: self._step(name, done, total, show))
            self._step(name, 0, None, show)
            yield phase
        took = time.perf_counter() - began
        self.seconds[name] = self.seconds.get(name, 0.0) + took
        self.say(f"{name:<42}{phase.done:>9,}   {took:6.1f} s")

    def _step(self, name: str, done: int, total: int | None, show: Callable[[int, int | None], None]) -> None:
        show(done, total)
        self._watch(name, done)

    @contextmanager
    def _bar(self, name: str, *, drawn: bool) -> Iterator[Callable[[int, int | None], None]]:
        if not drawn:
            yield lambda _done, _total: None
            return
        columns = (SpinnerColumn(), TextColumn("{task.description:<40}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=self.console, transient=True) as progress:
            task: TaskID = progress.add_task(name, total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)
