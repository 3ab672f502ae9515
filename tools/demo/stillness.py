"""Knows when nothing is under way any more: everything said is sent, everything sent is heard, no work is left."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import NamedTuple, Self

import asyncpg
import stamina
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.events.catalogue import topics
from shared.kafka import client
from tools.demo.doors import PATIENCE, DemoError
from tools.demo.groups import Subscriptions

_SAID = "select topic, sum(version)::bigint as upto from stream_version group by topic"
_HEARD = "select topic, sum(version)::bigint as upto from stream_position group by topic"
_UNSENT = "select count(*) from outbox"

_WORK = {
    "intake": "select 0",
    "printing": """
        select (select count(*) from print_order where state in ('ALLOCATED', 'READY', 'PRINTING'))
            + (select coalesce(sum(case when s.in_stock = s.reserved then 0 else least(
                (select count(*) from print_order o where o.stock_id = s.stock_id and o.state = 'QUEUED'),
                s.in_stock - s.reserved) end), 0) from stock s)
        """,
    "dispatch": "select 0",
    "notify": "select count(*) from message where state in ('DUE', 'SENDING')",
}
"""What a service still has to do by itself, without another word from outside."""

_PAUSE = 0.05
_LONGEST_PAUSE = 0.5

_until_it_answers = stamina.retry(
    on=(OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError, KafkaError),
    attempts=None, timeout=PATIENCE, wait_max=1.0,
)  # fmt: skip
"""A server that was killed is back within seconds; whoever only looks waits for it."""


class Stand(NamedTuple):
    """One exact look: what is left, by sentence, and how much was said and heard in all."""

    left: Mapping[str, int]
    moved: int

    @property
    def at_rest(self) -> bool:
        """Whether nothing is left."""
        return not self.left


class Stillness:
    """Looks into the four databases, reading only.

    It compares versions instead of the broker's offsets: an aggregate's version counts its events, so the sum over
    all aggregates is exactly what was said, and the same sum at a reader is exactly what took effect there. That sum
    is dear in a large city, so it is only taken when the cheap signs (outboxes, own work, the log's ends) rest.
    """

    def __init__(
        self, addresses: Mapping[str, str], bootstrap: str, heard: Subscriptions, alive: Callable[[], None]
    ) -> None:
        self._addresses = addresses
        self._bootstrap = bootstrap
        self._heard = heard
        self._alive = alive
        self._databases: dict[str, asyncpg.Pool] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for name, address in self._addresses.items():
            pool = asyncpg.create_pool(
                address, min_size=1, max_size=1, server_settings={"default_transaction_read_only": "on"}
            )
            self._databases[name] = await self._stack.enter_async_context(pool)
        self._consumer = AIOKafkaConsumer(**client(self._bootstrap), enable_auto_commit=False)
        await self._consumer.start()
        self._stack.push_async_callback(self._consumer.stop)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def reached(self, patience: float = 120) -> None:
        """Wait until two exact looks in a row find nothing left and nothing changed.

        `patience`, in seconds, is for each time without any progress.

        Raises:
            DemoError: nothing moves any more; says what is missing.
        """
        before = await self._calm_look(patience)
        deadline = time.monotonic() + patience
        pause = _PAUSE
        while True:
            began = time.monotonic()
            now = await self._calm_look(patience)
            if now.at_rest and now == before:
                return
            if now != before:
                deadline = time.monotonic() + patience
            elif time.monotonic() > deadline:
                raise DemoError(f"Nothing has moved for {patience:.0f} s and there is left: {_listed(now.left)}.")
            before = now
            await asyncio.sleep(pause if now.at_rest else max(pause, time.monotonic() - began))
            pause = _PAUSE if now.at_rest else min(_LONGEST_PAUSE, pause * 1.5)

    async def _calm_look(self, patience: float) -> Stand:
        """An exact look once the cheap signs have rested for a moment, or have not changed for long."""
        before: tuple[int, int] | None = None
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            waiting, ends = await self._signs()
            if waiting == 0 and before == (0, ends):
                break
            if before != (waiting, ends):
                deadline = time.monotonic() + patience
            before = waiting, ends
            await asyncio.sleep(_PAUSE)
        return await self._look()

    @_until_it_answers
    async def _signs(self) -> tuple[int, int]:
        self._alive()
        counts = await asyncio.gather(*(self._waiting(name) for name in self._databases))
        partitions = [TopicPartition(t.name, n) for t in topics().values() for n in range(t.partitions)]
        return sum(counts), sum((await self._consumer.end_offsets(partitions)).values())

    async def _waiting(self, name: str) -> int:
        database = self._databases[name]
        return int(await database.fetchval(_UNSENT)) + int(await database.fetchval(_WORK[name]))

    @_until_it_answers
    async def _look(self) -> Stand:
        names = list(self._databases)
        stands = await asyncio.gather(*(self._look_at(name) for name in names))
        said = {topic: n for _, of_one, _, _ in stands for topic, n in of_one.items()}
        left: dict[str, int] = {}
        for name, (unsent, _, heard, work) in zip(names, stands, strict=True):
            left[f"facts that {name} has to send"] = unsent
            left[f"work of {name}"] = work
            for topic in self._heard[name]:
                left[f"events of {topic} that {name} has to read"] = said.get(topic, 0) - heard.get(topic, 0)
        moved = sum(n for _, of_one, heard, _ in stands for n in (*of_one.values(), *heard.values()))
        return Stand({sentence: n for sentence, n in left.items() if n}, moved)

    async def _look_at(self, name: str) -> tuple[int, dict[str, int], dict[str, int], int]:
        database = self._databases[name]
        unsent = int(await database.fetchval(_UNSENT))
        said = {row["topic"]: int(row["upto"]) for row in await database.fetch(_SAID)}
        heard = {row["topic"]: int(row["upto"]) for row in await database.fetch(_HEARD)}
        return unsent, said, heard, int(await database.fetchval(_WORK[name]))


def _listed(left: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {sentence}" for sentence, n in left.items())
