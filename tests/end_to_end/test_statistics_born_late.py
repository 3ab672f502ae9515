"""A reader that was there from the start, and killed in between, and one that is born late tell the same numbers."""

import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from typing import Any

import httpx2
import pytest
from uuid_utils.compat import uuid7

from shared.people import Role
from tests.conftest import Harness
from tests.end_to_end.test_every_service_dies import Member
from tests.examples.test_statistics_numbers import BEKASIJAYA, MARGAHAYU, whole_way
from tests.harness import Log, Logged
from tests.shared.test_subscription import eventually, write
from tools.embedded.bearer import Bearer
from tools.embedded.launcher import Launcher

EACH = 300


@pytest.fixture
def early() -> Iterator[Launcher]:
    """Statistics as a process, on a log of its own."""
    with tempfile.TemporaryDirectory(prefix="antar-tests-") as folder, Launcher(Path(folder), ("statistics",)) as it:
        yield it


def whole_city() -> list[Logged]:
    """What the owners wrote of two kelurahan: each topic in its order, the topics mixed at random."""
    log, dice = Log(), random.Random(20261125)
    topics: dict[str, list[Logged]] = defaultdict(list)
    for n in range(2 * EACH):
        for event in whole_way(uuid7(), (BEKASIJAYA, MARGAHAYU)[n % 2]):
            topics[event.stream.topic].append(log.record(event))
    moments: list[tuple[float, Logged]] = []
    for records in topics.values():
        moments += zip(sorted(dice.random() for _ in records), records, strict=True)
    return [record for _, record in sorted(moments, key=itemgetter(0))]


async def test_who_was_there_from_the_start_and_who_is_born_late_tell_the_same_numbers(
    early: Launcher, harness: Harness
) -> None:
    log = whole_city()
    whole = {
        code: {"kelurahan": name, "recorded": EACH, "cleared": EACH, "printed": EACH, "delivered": EACH}
        for code, name in ((BEKASIJAYA, "Bekasijaya"), (MARGAHAYU, "Margahayu"))
    }

    async def told_by_early() -> Any:
        with suppress(httpx2.TransportError):  # it was killed
            async with httpx2.AsyncClient(auth=Bearer(early.sign_in, lambda _: Role.SUPERVISOR)) as client:
                return (await client.get(f"{early.url('statistics')}/statistics")).json()

    async def all_told_by_early() -> bool:
        return bool(await told_by_early() == whole)

    await write(early.bootstrap, log[: len(log) // 2])
    await eventually(told_by_early)
    early.kill("statistics")
    await write(early.bootstrap, log[len(log) // 2 :])
    await eventually(all_told_by_early, 60)
    late = await harness("statistics")

    async def told_by_late() -> bool:
        return bool((await late.http.get("/statistics")).json() == whole)

    async with Member(late, early.bootstrap).running(to_die=False):
        await eventually(told_by_late, 60)
