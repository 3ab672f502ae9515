"""`antar history check|repair|resume SERVICE`, in this order; see docs/reliability.md for the whole procedure."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from tools.deployment import Data, Databases, Deployment, Kafka, find
from tools.errors import PlatformError
from tools.failing import fail, silence_kafka

history = typer.Typer(
    no_args_is_help=True,
    help="The way back after the database of SERVICE was restored to an earlier moment: check, repair, resume.",
)
Given = tuple[Path | None, list[str] | None, str | None]
"""Data folder, databases and broker, as the operator named them."""
Service = Annotated[str, typer.Argument(help="The service whose database was restored.")]


@history.command()
def check(service: Service, data: Data = None, database: Databases = None, kafka: Kafka = None) -> None:
    """Compare what SERVICE has said with what its database knows; changes nothing."""
    _run(_repair(service, (data, database, kafka), dry_run=True))


@history.command()
def repair(service: Service, data: Data = None, database: Databases = None, kafka: Kafka = None) -> None:
    """Put the stopped SERVICE behind its own log, and say again what it said under versions already used."""
    _run(_repair(service, (data, database, kafka), dry_run=False))


@history.command()
def resume(service: Service, data: Data = None, database: Databases = None, kafka: Kafka = None) -> None:
    """Let all readers go on with the topics of SERVICE, which is repaired, started and has sent everything."""
    _run(_resume(service, (data, database, kafka)))


async def _repair(service: str, given: Given, *, dry_run: bool) -> None:
    from tools.history.reading import read_history  # noqa: PLC0415 - a command pays for its own imports only
    from tools.history.repair import repair as put_behind  # noqa: PLC0415
    from tools.history.resume import stopped_streams  # noqa: PLC0415

    deployment = _whole(find(*given), service)
    said = await read_history(deployment.kafka or "", service)
    done = await put_behind(deployment.databases[service], service, said, dry_run=dry_run)
    verb = "would be" if dry_run else "were"
    print(f"{len(said.last)} aggregates of {service} are on the log; the database stood behind it in {done.raised}.")
    print(f"{len(said.displaced)} events on the log have a version that another one holds.")
    print(f"{done.said_again} events {verb} queued again under free versions.")
    for reader, dsn in deployment.databases.items():
        if stopped := await stopped_streams(dsn):
            print(f"{reader} has stopped {', '.join(stopped)}.")
    if not dry_run:
        print(f"Next: start {service}, let it send everything (`antar status`), then `antar history resume {service}`.")


async def _resume(service: str, given: Given) -> None:
    from tools.history.reading import read_history  # noqa: PLC0415
    from tools.history.resume import resume as let_go_on  # noqa: PLC0415

    deployment = _whole(find(*given), service)
    said = await read_history(deployment.kafka or "", service)
    for reader, dsn in deployment.databases.items():
        if reader != service and (topics := await let_go_on(dsn, service, said)):
            print(f"{reader} goes on with {', '.join(topics)}.")
    print("Readers that had stopped end within 5 s and read on when their supervisor has started them.")


def _whole(deployment: Deployment, service: str) -> Deployment:
    deployment = deployment.only(None)
    if service not in deployment.databases:
        raise PlatformError(f"There is no service '{service}' here, only {', '.join(deployment.databases)}.")
    if deployment.kafka is None:
        raise PlatformError("The broker is not named: give --kafka HOST:PORT.")
    return deployment


def _run(work: Coroutine[Any, Any, None]) -> None:
    import asyncpg  # noqa: PLC0415
    from aiokafka.errors import KafkaError  # noqa: PLC0415

    silence_kafka()
    try:
        asyncio.run(work)
    except PlatformError as failure:
        fail(failure)
    except (OSError, TimeoutError, KafkaError, asyncpg.PostgresError) as failure:
        fail(f"The broker or a database does not answer ({type(failure).__name__}).")
