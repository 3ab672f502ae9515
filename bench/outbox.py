"""The relay against faststream-outbox, the outbox that exists for the framework we use."""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.environment import NotInstalledError, python
from bench.facts import TOPIC, assigned, record
from bench.figures import Figure, Spread, Target
from bench.ground import Ground, connect
from bench.pairs import compare
from bench.relay import OWNER, draining
from shared.lock import SoleHolder
from shared.messaging.relay import Relay
from shared.messaging.transaction import Database

EVENTS, ITS_EVENTS = 20_000, 5_000
NAME, AGAINST = "relay", "faststream-outbox"
PROGRAM = Path(__file__).parent / "outbox_peer.py"


async def run(ground: Ground) -> list[Figure]:
    """Drain our outbox and drain its outbox, in turn; the other one sleeps meanwhile."""
    try:
        interpreter = await asyncio.to_thread(python)
    except NotInstalledError as error:
        return [Figure(f"{NAME} / {AGAINST}", Spread(0, 0, 0), "×", detail=f"not measured: {error}")]
    events, its_events = ground.size(EVENTS), ground.size(ITS_EVENTS)
    _, _, payload, headers = record(assigned())
    asked = {"events": its_events, "payload": payload.decode(), "headers": {k: v.decode() for k, v in headers}}
    told: dict[str, Any] = {}
    with ground.database() as dsn, ground.database() as its_dsn:
        async with connect(dsn) as pool, _peer(interpreter, its_dsn, ground.bootstrap) as peer:
            relay = Relay(pool, ground.bootstrap, OWNER, SoleHolder(dsn, f"{OWNER}-relay"))

            async def its() -> float:
                told.update(await _answer(peer, asked))
                return its_events / float(told["seconds"])

            ours = draining(ground, relay, Database(pool, OWNER), events)
            try:
                figure = await compare(NAME, ours, AGAINST, its, repeats=ground.repeats, target=Target(15))
            finally:
                await relay.close()
    settings = ", ".join(f"{name} {value}" for name, value in told["settings"].items())
    return [replace(figure, detail=f"{figure.detail}; {events:,} / {its_events:,} events; its {settings}")]


@asynccontextmanager
async def _peer(interpreter: Path, dsn: str, bootstrap: str) -> AsyncIterator[Process]:
    command = (str(interpreter), str(PROGRAM), dsn, bootstrap, TOPIC)
    peer = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        yield peer
    finally:
        assert peer.stdin
        peer.stdin.close()
        try:
            async with asyncio.timeout(10):
                await peer.wait()
        except TimeoutError:
            peer.kill()
            await peer.wait()


async def _answer(peer: Process, asked: dict[str, Any]) -> dict[str, Any]:
    assert peer.stdin
    assert peer.stdout
    peer.stdin.write(json.dumps(asked).encode() + b"\n")
    async with asyncio.timeout(600):
        line = await peer.stdout.readline()
    if not line:
        raise RuntimeError(f"{AGAINST} ended without an answer")
    answer: dict[str, Any] = json.loads(line)
    return answer
