"""How far a reader has come: a watch that runs from its first event to its last."""

import asyncio

from bench.pairs import Stopwatch

PATIENCE = 300.0


class Progress:
    """Counts towards `expected` events; `rate` is known once `finished` has returned."""

    def __init__(self, expected: int, watch: Stopwatch) -> None:
        self._expected = expected
        self._left = expected
        self._watch = watch
        self._begun = False
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def begin(self) -> None:
        """Something is there to be worked on; the first time starts the watch."""
        if not self._begun:
            self._begun = True
            self._watch.start()

    def add(self, events: int) -> None:
        """So many more are done; the last ones stop the watch."""
        self._left -= events
        if self._left <= 0 and not self._done.done():
            self._watch.stop()
            self._done.set_result(None)

    def fail(self, code: int) -> None:
        """A service would end here, with this exit code."""
        if not self._done.done():
            self._done.set_exception(RuntimeError(f"the consumer gave up with {code}"))

    async def finished(self) -> None:
        """Wait for the last.

        Raises:
            RuntimeError: the consumer gave up.
            TimeoutError: it takes too long.
        """
        async with asyncio.timeout(PATIENCE):
            await self._done

    @property
    def rate(self) -> float:
        """Events per second."""
        return self._expected / self._watch.seconds
