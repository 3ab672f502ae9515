"""Runs one service: HTTP, consumer, relay and workers in one process, from start to a clean stop."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import asyncpg
import stamina
import structlog
import uvicorn
import uvloop
from fastapi import APIRouter, FastAPI

from shared import kafka, logging, tracing
from shared.http.address import PublicAddress
from shared.http.app import Readiness, create_app
from shared.http.idempotency import forget_old_answers
from shared.http.server import Server
from shared.lock import SoleHolder
from shared.measures import Look, Measure, Measures, of_process
from shared.messaging import metrics
from shared.messaging.consumer import Consumer
from shared.messaging.errors import NO_ANSWER
from shared.messaging.poll import Applier
from shared.messaging.relay import Relay
from shared.messaging.subscription import EXIT_SOFTWARE, Subscription
from shared.messaging.transaction import Database
from shared.people import entrance
from shared.people.access import Access
from shared.people.provider import Provider
from shared.pulse import LOOP, POLL, Pulse, watch
from shared.settings import ServiceSettings
from shared.tables import TablesError, refuse_what_is_unfit, standing
from shared.version import version
from shared.web.site import Site
from shared.worker import Worker

log = structlog.get_logger()

HOUR = 3600.0
STOP_SECONDS = 20.0
ASK_SECONDS = 1.5
SLOW_SECONDS = 30.0
"""So long a poll may be silent before the service says that it is not ready."""

SESSION = {
    # Tables grow from nothing within minutes, faster than statistics are taken. Without this the planner reads
    # whole tables where an index leads straight to the rows of a poll.
    "random_page_cost": "1.1",
    # For the same reason no plan is kept: one made for an empty table would scan it when it is full.
    "plan_cache_mode": "force_custom_plan",
}
CONSUMER_SESSION = {
    # A frozen consumer must not block its heir with the row locks of its claim.
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "5s",
    "jit": "off",
}


@dataclass(frozen=True)
class Parts:
    """What a service is made of. Each item of `state` becomes `app.state.<name>` for its routes.

    `access` says of each route who may use it; `measures` set its own gauges to what its database says.
    """

    name: str
    settings: ServiceSettings
    consumer: Consumer
    routers: Sequence[APIRouter]
    access: Access
    site: Site
    workers: Sequence[Worker] = ()
    measures: Sequence[Measure] = ()
    state: Mapping[str, Any] = field(default_factory=dict)


def application(
    parts: Parts, db: Database, ready: Readiness, provider: Provider | None = None, looks: Sequence[Look] = ()
) -> FastAPI:
    """What the service answers over HTTP; people sign in at `provider`, which is that of the settings if not given.

    `looks` bring gauges up to date that are not the database's.

    Raises:
        UndeclaredError: a route's declaration is missing, or the other way round.
    """
    provider = provider or entrance.provider_of(parts.settings)
    doors, routers = entrance.build(parts.settings, parts.site, parts.access, parts.routers, provider)
    of_core = metrics.of_tables(parts.name, parts.consumer.group, parts.consumer.topics)
    measures = Measures(db, (of_core, *parts.measures), looks)
    app = create_app(parts.name, db, routers, ready, doors, parts.site, measures)
    for name, value in parts.state.items():
        setattr(app.state, name, value)
    return app


def run(parts: Parts) -> None:
    """Run until SIGTERM or SIGINT; returns after a clean stop, at most 20 s later. A fault exits with code 70."""
    logging.configure(parts.name, parts.settings.log_level)
    tracing.configure(parts.name, parts.settings.traces)
    # What was loaded stays: the collector need not walk through it again and again.
    gc.collect()
    gc.freeze()
    # A poll or a batch makes tens of thousands of objects that all end with it: looking among them is in vain.
    gc.set_threshold(50_000)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(_Process(parts).run())
        except TablesError as error:
            log.critical("tables_do_not_fit", reason=f"The database of {parts.name}: {error}.")
            sys.exit(EXIT_SOFTWARE)
        except Exception:
            # Logged here, since Python's own last words would quote the error's text.
            log.critical("service_failed", exc_info=True)
            sys.exit(EXIT_SOFTWARE)


def _readiness(pool: asyncpg.Pool, subscription: Subscription, relay: Relay, pulse: Pulse) -> Readiness:
    async def ready() -> dict[str, bool]:
        try:
            # The way to a connection counts, too, and the way back of one that hangs has the patience of the first.
            async with asyncio.timeout(ASK_SECONDS), pool.acquire(timeout=ASK_SECONDS) as conn:
                database = bool(await conn.fetchval("select true"))
        except NO_ANSWER:
            database = False
        hears = subscription.assigned and pulse.silent().get(POLL, 0.0) < SLOW_SECONDS
        return {"database": database, "consumer": hears, "relay": not relay.failing}

    return ready


class _Process:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._settings = parts.settings
        self._dsn = parts.settings.database_url.get_secret_value()
        self._stopping = asyncio.Event()
        self._asked_to_stop = False
        self._pulse = Pulse()

    async def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stop)
        watch(self._pulse, self._settings.stuck_seconds)
        beside = [asyncio.create_task(self._end_in_time()), asyncio.create_task(self._beat())]
        try:
            await self._run()
        finally:
            for task in beside:
                task.cancel()

    async def _beat(self) -> None:
        with self._pulse.at_work(LOOP):
            while True:
                await asyncio.sleep(1)
                self._pulse.alive(LOOP)

    def _stop(self) -> None:
        self._asked_to_stop = True
        self._stopping.set()

    async def _end_in_time(self) -> None:
        # Each part waits a while for a server that does not answer, one after another. Nothing is lost by not
        # waiting: every line of this program may be its last.
        await self._stopping.wait()
        await asyncio.sleep(STOP_SECONDS)
        log.critical("stop_cut_short", seconds=STOP_SECONDS)
        os._exit(0 if self._asked_to_stop else EXIT_SOFTWARE)

    async def _run(self) -> None:
        shared = self._pool(self._settings.pool_size, SESSION, seconds=60)
        consumers = self._pool(2, SESSION | CONSUMER_SESSION, seconds=15)
        async with await shared as pool, await consumers as own:
            await self._look_at_tables(pool)
            await self._serve(pool, own)
        if tracing.spans:
            await asyncio.to_thread(tracing.spans.flush)
        log.info("stopped")

    async def _look_at_tables(self, pool: asyncpg.Pool) -> None:
        async with pool.acquire() as conn:
            found = await standing(conn, self._parts.name)
        if found.ahead:
            log.warning("tables_are_newer", version=found.version, migrations=found.ahead)
        refuse_what_is_unfit(found)

    async def _pool(self, size: int, session: Mapping[str, str], *, seconds: int) -> asyncpg.Pool:
        async for attempt in stamina.retry_context(on=(OSError, asyncpg.PostgresError), timeout=60, wait_max=2):
            with attempt:
                return await asyncpg.create_pool(
                    self._dsn,
                    min_size=1,
                    max_size=size,
                    command_timeout=seconds,
                    server_settings={"application_name": f"{self._parts.name}/{version()}", **session},
                )
        raise AssertionError("retry_context ends by returning or raising")

    async def _serve(self, pool: asyncpg.Pool, own: asyncpg.Pool) -> None:
        parts = self._parts
        address = self._settings.kafka.get_secret_value()
        relay = Relay(pool, address, parts.name, SoleHolder(self._dsn, f"{parts.name}-relay"), self._pulse)

        def announced_by_worker(announced: int) -> None:
            if announced:
                relay.wake()

        def committed(announced: int) -> None:
            announced_by_worker(announced)
            for worker in parts.workers:
                worker.wake()

        db = Database(pool, parts.name, committed)
        broker = kafka.broker(address, parts.name)
        applier = Applier(parts.consumer, Database(own, parts.name, committed, partial(self._pulse.alive, POLL)))
        subscription = Subscription(broker, parts.consumer, applier, self._settings.max_records, pulse=self._pulse)

        async def lag() -> None:
            metrics.show_lag(parts.consumer.group, await subscription.lag())

        ready = _readiness(pool, subscription, relay, self._pulse)
        looks = (of_process(ready, self._pulse, self._settings.data_dir), lag)
        app = application(parts, db, ready, looks=looks)
        relay_stop = asyncio.Event()
        relaying = asyncio.create_task(relay.run(relay_stop))
        # It ends last, or by a fault that nobody foresaw; without it the service would fall silent unnoticed.
        relaying.add_done_callback(lambda _: self._stopping.set())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(subscription.run(self._stopping))
            tasks.create_task(self._http(app))
            for worker in (*parts.workers, Worker("forgetting", forget_old_answers, idle=HOUR)):
                lock = SoleHolder(self._dsn, f"{parts.name}-{worker.name}")
                # A worker's own commits must not wake it, or it would never rest.
                own_db = Database(pool, parts.name, announced_by_worker)
                tasks.create_task(worker.run(own_db, lock, self._stopping, self._pulse))
        # Last, so that what the others announced on their way out is sent as well.
        relay_stop.set()
        relay.wake()
        await relaying

    async def _http(self, app: FastAPI) -> None:
        public = self._settings.public_address
        config = uvicorn.Config(
            PublicAddress(app, public) if public else app,
            host=self._settings.http_host,
            port=self._settings.http_port,
            log_level="warning",
            log_config=None,  # its lines go our way too: its own would quote the text of an error
            access_log=False,  # an address may hold what opens somebody's page
            timeout_graceful_shutdown=10,
        )
        server = Server(config)
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve())
            stop = tasks.create_task(self._stopping.wait())
            await asyncio.wait([serving, stop], return_when=asyncio.FIRST_COMPLETED)
            server.should_exit = True
            stop.cancel()
        self._stopping.set()
