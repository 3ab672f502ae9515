"""The story of a small invented city, told to an installation from its inside by programs that may do everything."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import asyncpg
from rich.console import Console

from shared.packages import known
from shared.people.person import Role
from shared.secret_files import SECRETS
from tools.access.rules import OPERATOR
from tools.demo.cast import read_cast
from tools.demo.doors import Doors
from tools.demo.groups import subscriptions
from tools.demo.interruption import run_interruptibly
from tools.demo.job import Job
from tools.demo.stillness import Stillness
from tools.demo.story import Story
from tools.embedded.tokens import CITY
from tools.errors import PlatformError
from tools.people import machines
from tools.people.command import AT, WITH
from tools.people.keycloak import REALM, Keycloak, Member
from tools.people.programs import Programs
from tools.sample.files import Size, write_sample

SEED: Final = 2017
RW: Final = 112


def fill(applications: int, blanks: int) -> None:
    """The whole job on a sample of so many rows, with so many blank cards at first and twice as many later.

    Raises:
        PlatformError: there is something in the installation already, or a secret is missing.
        DemoError: a service does not do its part.
    """
    asyncio.run(_must_be_empty(_secret("intake_database_url")))
    with _programs() as programs, tempfile.TemporaryDirectory() as folder:
        write_sample(Path(folder), Size(applications, RW, SEED))
        run_interruptibly(_play(programs, Path(folder), blanks))


async def _play(programs: Programs, folder: Path, blanks: int) -> None:
    databases = {name: _secret(f"{name}_database_url") for name in known("services")}
    kafka, story = _secret(f"{OPERATOR}_kafka"), Story(Console(highlight=False))
    urls = {name: f"http://{name}:8000" for name in databases}
    async with (
        Doors(urls, programs, SEED, _nothing_ends) as doors,
        Stillness(databases, kafka, await subscriptions(kafka, databases), _nothing_ends) as stillness,
    ):
        await Job(doors, stillness, story, read_cast(folder), folder, folder).run(blanks, 2 * blanks)


async def _must_be_empty(database: str) -> None:
    conn = await asyncpg.connect(database)
    try:
        if await conn.fetchval("select exists (select from application)"):
            raise PlatformError("There are applications here already: a sandbox is made of an empty installation.")
    finally:
        await conn.close()


@contextmanager
def _programs() -> Iterator[Programs]:
    """A program for each role, as long as it is needed."""
    names: dict[str, str] = {role: f"sandbox-{role}" for role in Role}
    password = _secret(WITH.name)
    with Keycloak(AT, password) as keycloak:
        for name in names.values():
            machines.remove(keycloak, name)  # of a sandbox that was cut off
        secrets = {
            role: (name, machines.add(keycloak, Member(name, name, (role,), (CITY,)))) for role, name in names.items()
        }
    try:
        yield Programs(f"{AT}/realms/{REALM}", secrets, trust=True)
    finally:
        with Keycloak(AT, password) as keycloak:
            for name in names.values():
                machines.remove(keycloak, name)


def _secret(name: str) -> str:
    try:
        return (SECRETS / name).read_text().strip()
    except OSError as error:
        raise PlatformError(f"{SECRETS / name} cannot be read: {error.strerror}.") from error


def _nothing_ends() -> None:
    """Docker starts again what ends."""
