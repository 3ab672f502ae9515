"""Asks much more than the test does, for as long as it takes: `python -m tests.openapi intake --examples 500 --steps`."""

import argparse
import asyncio
import sys
import time
from itertools import groupby

import asyncpg

from shared import logging
from shared.migrations import migrate
from tests.harness import ServiceUnderTest, build
from tests.openapi.asking import Found, ask
from tests.openapi.records import SERVICES, SETTINGS
from tests.platform import platform, stop_platform


async def _asked(name: str, dsn: str, told: argparse.Namespace) -> Found:
    async with asyncpg.create_pool(dsn, min_size=1, max_size=6) as pool:
        service = ServiceUnderTest(build(name, dsn, **SETTINGS.get(name, {})), pool)
        known = await SERVICES[name](service)
        return await ask(service, known, examples=told.examples, steps=told.steps, seed=told.seed)


def _tell(name: str, found: Found, seconds: float) -> None:
    print(f"{name}: {found.answers.total()} answers in {seconds:.0f} s, {len(found.faults)} faults")
    for label, answers in groupby(sorted(found.answers.items()), lambda item: item[0][0]):
        print(f"  {label}: {', '.join(f'{status} x {n}' for (_, status), n in answers)}")
    print(found.told(), flush=True)


def main() -> None:
    """Ends with 1 if anything was wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=list(SERVICES))
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", action="store_true")
    told = parser.parse_args()
    logging.configure("openapi", "ERROR")
    faults = 0
    try:
        for name in told.names:
            dsn = platform().create_database(f"openapi_{name}")
            migrate(dsn, name)
            began = time.monotonic()
            found = asyncio.run(_asked(name, dsn, told))
            _tell(name, found, time.monotonic() - began)
            faults += len(found.faults)
    finally:
        stop_platform()
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
