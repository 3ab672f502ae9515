"""`antar tail`: what is said on the topics, as it is said."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tools.deployment import Data, Kafka, find
from tools.errors import PlatformError
from tools.failing import fail, say
from tools.moments import moment, utc_now

if TYPE_CHECKING:
    from tools.tail.following import From


def tail(
    topics: Annotated[list[str] | None, typer.Argument(metavar="[TOPIC]…", help="All events by default.")] = None,
    start: Annotated[str, typer.Option("--from", help="beginning, now, or a time: 2h, 30m, ISO.")] = "now",
    type_: Annotated[list[str] | None, typer.Option("--type", help="Only this type; may be repeated.")] = None,
    key: Annotated[list[str] | None, typer.Option("--key", help="Only this key; may be repeated.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
    data: Data = None,
    kafka: Kafka = None,
    as_json: Annotated[bool, typer.Option("--json", help="For a program: one object a line.")] = False,
) -> None:
    """Follow events live, one a line, personal data masked, until Ctrl-C."""
    from shared.events.catalogue import topics as declared  # noqa: PLC0415 - the command line starts without it
    from tools.tail.following import Following, among  # noqa: PLC0415
    from tools.tail.show import Show  # noqa: PLC0415

    try:
        following = Following(_broker(data, kafka), _start(start), say)
        choose = among(tuple(topics or ()), tuple(declared()))
        show = Show(frozenset(type_ or ()), frozenset(key or ()), count, as_json=as_json)
        asyncio.run(_until_told(show.all(following.records(choose))))
    except PlatformError as failure:
        fail(failure)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    except BrokenPipeError:
        # Whoever read us has seen enough; nothing more may go to that pipe when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _broker(data: Path | None, kafka: str | None) -> str:
    broker = kafka if kafka and data is None else find(data, None, kafka).kafka
    if broker is None:
        raise PlatformError("No broker is named: give --kafka HOST:PORT.")
    return broker


def _start(text: str) -> "From":
    if text == "beginning":
        return "beginning"
    if text == "now":
        return "now"
    try:
        return moment(text, utc_now())
    except ValueError as error:
        raise PlatformError(str(error)) from error


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    """Runs the work to its end, or to Ctrl-C or SIGTERM, which end it in order."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
