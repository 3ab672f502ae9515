"""`antar upgrade`: looks before an upgrade, and finishes one."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from tools.deployment import Data, Databases, Deployment, Kafka, find
from tools.errors import PlatformError
from tools.failing import fail
from tools.findings import Finding, tell

Replicas = Annotated[
    list[str] | None,
    typer.Option("--replicas", envvar="ANTAR_REPLICAS", help="NAME=NUMBER, how often a service runs; may be repeated."),
]
DISK_GIB = 2.0
"""For a second image, and for tables that are written anew."""


def upgrade(
    check: Annotated[bool, typer.Option("--check", help="Say what it would do, and what forbids it now.")] = False,
    finish: Annotated[bool, typer.Option("--finish", help="Do what waits until no former version runs.")] = False,
    data: Data = None,
    database: Databases = None,
    kafka: Kafka = None,
    replicas: Replicas = None,
) -> None:
    """Look before an upgrade to this version, or finish one. docs/operations.md tells what comes between."""
    if check == finish:
        raise typer.BadParameter("Give either --check or --finish.")
    try:
        deployment = find(data, database, kafka).only(None)
    except PlatformError as failure:
        fail(failure)
    if check:
        raise typer.Exit(tell(_findings(deployment, _numbers(replicas or ()))))
    _finish(deployment)


def _numbers(given: Iterable[str]) -> Mapping[str, int]:
    try:
        return {name: int(number) for name, number in (one.split("=") for one in given)}
    except ValueError:
        raise typer.BadParameter("Replicas are given as NAME=NUMBER.") from None


def _findings(deployment: Deployment, replicas: Mapping[str, int]) -> Iterator[Finding]:
    from tools.deploy.doctor import disk  # noqa: PLC0415 - the command line starts without the clients
    from tools.upgrade.broker import of_broker  # noqa: PLC0415
    from tools.upgrade.checking import of_databases, of_replicas  # noqa: PLC0415
    from tools.upgrade.looking import look  # noqa: PLC0415

    yield from of_databases(*asyncio.run(look(deployment.databases)))
    yield from of_broker(deployment.kafka)
    yield of_replicas(replicas)
    yield disk(Path("/"), DISK_GIB)


def _finish(deployment: Deployment) -> None:
    from shared.migrations import MigrationError  # noqa: PLC0415
    from tools.upgrade.finishing import finish_all  # noqa: PLC0415

    try:
        for line in finish_all(deployment.databases):
            print(line)
    except (PlatformError, MigrationError) as failure:
        fail(failure)
