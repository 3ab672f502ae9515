"""Prints the records that a person wants to see."""

import os
import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing

from aiokafka import ConsumerRecord

from tools.tail.lines import key_of, line, type_of


class Show:
    """Prints the records that fit, `count` at most. Empty sets and None mean any."""

    def __init__(self, types: frozenset[str], keys: frozenset[str], count: int | None, *, as_json: bool) -> None:
        self._types = types
        self._keys = keys
        self._left = count
        self._as_json = as_json
        self._width = shutil.get_terminal_size().columns if sys.stdout.isatty() or "COLUMNS" in os.environ else None

    async def all(self, records: AsyncGenerator[ConsumerRecord, None]) -> None:
        """Until enough were shown."""
        async with aclosing(records):
            async for record in records:
                if self._fits(record):
                    self._print(record)
                    if self._left is not None:
                        self._left -= 1
                        if not self._left:
                            return

    def _fits(self, record: ConsumerRecord) -> bool:
        return (not self._keys or key_of(record) in self._keys) and (not self._types or type_of(record) in self._types)

    def _print(self, record: ConsumerRecord) -> None:
        shown = line(record, record.timestamp)
        print(shown.as_json() if self._as_json else shown.as_text(self._width), flush=True)
