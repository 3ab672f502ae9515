"""`antar upgrade --finish`: what waits until no former version runs."""

import asyncio
from collections.abc import Iterator, Mapping

from shared.migrations import finish
from shared.version import version
from tools.errors import PlatformError
from tools.upgrade.looking import Sight, look


def finish_all(databases: Mapping[str, str]) -> Iterator[str]:
    """Finishes the upgrade of each database; tells of each what was to do.

    Raises:
        PlatformError: one of them does not answer, or a former version still works on it; nothing is done then.
        MigrationError: a statement failed.
    """
    sights, silent = asyncio.run(look(databases))
    if silent:
        raise PlatformError(next(iter(silent.values())))
    for service, sight in sights.items():
        _nobody_else_may_run(service, sight)
    for service, address in databases.items():
        finish(address, service)
        yield f"{service}: {', '.join(sights[service].tables.after) or 'nothing'} to do; finished."


def _nobody_else_may_run(service: str, sight: Sight) -> None:
    if others := [one for one in sight.running if one != version()]:
        raise PlatformError(f"{service} of {', '.join(others)} still runs: replace it with {version()} first.")
