"""`antar why`: where one application is, and what holds it up."""

import asyncio
import json
from typing import Annotated
from uuid import UUID

import typer

from tools.deployment import Data, Databases, Deployment, Kafka, find
from tools.errors import PlatformError
from tools.failing import fail, silence_kafka

SETTLE = 2.0
"""Seconds after which an event that was under way while we asked has arrived."""


def why(
    application: Annotated[str, typer.Argument(help="The application's id, a UUID.")],
    data: Data = None,
    database: Databases = None,
    kafka: Kafka = None,
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Say why an application is where it is: what it waits for, or where its events are held up."""
    try:
        key = str(UUID(application))
    except ValueError:
        raise typer.BadParameter(
            "An application is named by its id, such as 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071.",
            param_hint="APPLICATION",
        ) from None
    try:
        deployment = find(data, database, kafka).only(None)
    except PlatformError as failure:
        fail(failure)
    where = f" --data {data}" if data else ""
    raise typer.Exit(asyncio.run(_tell(deployment, key, where, as_json=as_json)))


async def _tell(deployment: Deployment, key: str, where: str, *, as_json: bool) -> int:
    from tools.why.collecting import collect  # noqa: PLC0415 - the command line starts without the clients
    from tools.why.screen import as_data, screen  # noqa: PLC0415
    from tools.why.verdict import verdict  # noqa: PLC0415

    silence_kafka()
    found = await collect(deployment, key, where)
    judged = verdict(found)
    if judged.cause in ("missing", "unread", "foreign"):
        await asyncio.sleep(SETTLE)
        found = await collect(deployment, key, where)
        judged = verdict(found)
    if as_json:
        print(json.dumps(as_data(found, judged), indent=1, default=str))
    else:
        print("\n".join(screen(found, judged)))
    return 1 if judged.cause in ("unanswered", "unknown") else 0
