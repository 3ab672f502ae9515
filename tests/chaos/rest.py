"""Waits until the city has come to rest after the last fault, and keeps what it saw on the way."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.chaos.evidence import Recovery, Sample
from tools import status
from tools.demo.doors import Doors
from tools.embedded.launcher import SERVICES

PAUSE = 0.25
_QUIET = 6.0
"""Seconds without anything left: parked records whose turn has come are looked for every 5 s."""


async def recovery(data: Path, doors: Doors, patience: float = 180) -> tuple[Recovery, str]:
    """Look until nothing is left to read, to send or to do, for `patience` seconds at most.

    `data` is the folder of the platform, as `antar status` takes it.

    Returns:
        What was seen, and what is left in the end: "" when the city has come to rest.
    """
    healed_at = time.monotonic()
    samples: list[Sample] = []
    quiet_since, left = healed_at, ""
    while not samples or samples[-1].at - quiet_since < _QUIET:
        if time.monotonic() > healed_at + patience:
            return Recovery(healed_at, samples), left
        sample, work = await _sample(data), await _work(doors)
        samples.append(sample)
        left = _left(sample, work)
        if left:
            quiet_since = sample.at
        await asyncio.sleep(PAUSE)
    return Recovery(healed_at, samples), ""


def _left(sample: Sample, work: Mapping[str, int]) -> str:
    numbers = {
        **{f"events for {name} to read": sample.lag.get(name, 1) for name in SERVICES},
        **{f"facts for {name} to send": sample.outbox.get(name, 1) for name in SERVICES},
        **work,
    }
    return ", ".join(f"{number} {what}" for what, number in numbers.items() if number)


def seconds_to_heal(found: Recovery) -> float | None:
    """From the last fault's end until everything was read and sent for the first time; None if that was never seen."""
    calm = (s.at for s in found.samples if s.lag and s.outbox and not any((*s.lag.values(), *s.outbox.values())))
    at = next(calm, None)
    return None if at is None else at - found.healed_at


async def _sample(data: Path) -> Sample:
    parts = await asyncio.to_thread(status.collect, data)
    lag = {name: parts[name].lag for name in SERVICES}
    outbox = {name: parts[name].outbox for name in SERVICES}
    return Sample(time.monotonic(), _known(lag), _known(outbox))


def _known(numbers: Mapping[str, int | None]) -> dict[str, int]:
    return {name: number for name, number in numbers.items() if number is not None}


async def _work(doors: Doors) -> dict[str, int]:
    """What a service still has to do by itself, without another word from outside."""
    orders: dict[str, Any] = (await doors.get("printing", "/summary"))["by_state"]
    free = sum(stock["in_stock"] - stock["reserved"] for stock in await doors.get("printing", "/stock"))
    messages: dict[str, int] = (await doors.get("notify", "/summary"))["messages_by_state"]
    return {
        "at the printer": sum(orders.get(state, 0) for state in ("ALLOCATED", "READY", "PRINTING")),
        "blanks to allocate": min(free, orders.get("QUEUED", 0)),
        "messages to send": sum(messages.get(state, 0) for state in ("DUE", "SENDING")),
    }
