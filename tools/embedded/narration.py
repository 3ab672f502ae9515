"""A person at a terminal sees a bar and short lines while the platform starts; a log file gets plain lines."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

_PLAIN_STEP = 10


class Narrator:
    """Tells what the launcher is doing."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def say(self, sentence: str) -> None:
        """One line for the operator."""
        self._console.print(sentence, markup=False)

    def fetched(self, done: int, total: int) -> None:
        """So many of all jars are there."""
        if not self._console.is_terminal:
            if done % _PLAIN_STEP == 0 or done == total:
                self.say(f"Fetching Apache Kafka, once: {done} of {total} files")
            return
        if self._bar is None:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            self._bar = Progress(*columns, console=self._console)
            self._task = self._bar.add_task("Fetching Apache Kafka, once", total=total)
            self._bar.start()
        assert self._task is not None
        self._bar.update(self._task, completed=done)
        if done == total:
            self.close()

    def close(self) -> None:
        """Leaves the terminal as it was, also when the fetching broke off."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


class Silence(Narrator):
    """For tests and for whoever tells a story of his own."""

    def say(self, sentence: str) -> None:
        """Nothing."""

    def fetched(self, done: int, total: int) -> None:
        """Nothing."""
