"""A service runs as a role that does all its work and cannot rewrite what people did."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from shared.migrations import migrate
from shared.packages import known
from shared.rights import RUNNING
from tests.contracts.examples import example
from tests.contracts.test_every_subscriber import consumer_of
from tests.harness import TYPES, ServiceUnderTest, build
from tests.platform import Platform
from tools.embedded.postgres import EmbeddedPostgres

DENIED = asyncpg.InsufficientPrivilegeError


@pytest.fixture(scope="module")
def postgres(platform: Platform) -> EmbeddedPostgres:
    """A server with the database of each service as the platform makes it."""
    made = {name: f"{name}_kept" for name in known("services")}
    platform.postgres.create({owner: owner for owner in made.values()})
    for service, owner in made.items():
        migrate(platform.postgres.dsn(owner), service)
    return platform.postgres


def dsn(postgres: EmbeddedPostgres, service: str, ending: str = RUNNING) -> str:
    """The address of a service's database, as the role that runs it or (without ending) as its owner."""
    return postgres.dsn(f"{service}_kept", f"{service}_kept{ending}")


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(address)
    try:
        yield conn
    finally:
        await conn.close()


KEEP = """
insert into audit (who, roles, areas, route, what, address, result, details)
values ('sari', '{}', '{}', 'POST /x', 'tried', '127.0.0.1', 'done', '{}')
"""
REWRITINGS = ("update audit set who = 'nobody'", "delete from audit", "truncate audit")


@pytest.mark.parametrize("rewriting", REWRITINGS)
async def test_the_audit_is_only_added_to_even_by_the_owner(postgres: EmbeddedPostgres, rewriting: str) -> None:
    async with connected(dsn(postgres, "intake", "")) as owner:
        await owner.execute(KEEP)
        with pytest.raises(DENIED, match="only added to"):
            await owner.execute(rewriting)


async def test_the_running_role_cannot_rewrite_the_audit_even_with_the_trigger_gone(postgres: EmbeddedPostgres) -> None:
    async with connected(dsn(postgres, "dispatch", "")) as owner, connected(dsn(postgres, "dispatch")) as service:
        await owner.execute("drop trigger audit_stays on audit")
        await service.execute(KEEP)
        for rewriting in REWRITINGS:
            with pytest.raises(DENIED, match="permission denied for table audit"):
                await service.execute(rewriting)
        assert await service.fetchval("select who from audit") == "sari"


@pytest.mark.parametrize(
    "attempt",
    [
        "alter table audit disable trigger audit_stays",
        "alter table audit owner to current_user",
        "drop table audit",
        "drop trigger audit_stays on audit",
        "create or replace function audit_stays() returns trigger language plpgsql as 'begin return null; end'",
        "create table elsewhere (id bigint)",
        "set session_replication_role = replica",
        "set role intake_kept",
        "delete from schema_migrations",
        "insert into version_history (version) values ('9.9.9')",
    ],
)
async def test_the_running_role_finds_no_way_around(postgres: EmbeddedPostgres, attempt: str) -> None:
    async with connected(dsn(postgres, "intake")) as service:
        with pytest.raises(DENIED):
            await service.execute(attempt)


@pytest.mark.parametrize("service", known("services"))
async def test_a_service_does_all_its_work_as_the_running_role(postgres: EmbeddedPostgres, service: str) -> None:
    address = dsn(postgres, service)
    pool = await asyncpg.create_pool(address, min_size=1, max_size=4)
    running = ServiceUnderTest(build(service, address), pool)
    for topic, name in consumer_of(service).handlers:
        if (topic, name) in TYPES:
            await running.hears(example(TYPES[topic, name]))
    await running.works()
    assert await running.parked() == []
    assert (await running.http.get("/summary")).status_code == 200
    await running.close()


async def test_rights_are_given_again_after_each_migration_and_by_two_at_once(postgres: EmbeddedPostgres) -> None:
    async with connected(dsn(postgres, "notify", "")) as owner, connected(dsn(postgres, "notify")) as service:
        await owner.execute("create table came_later (id bigint generated always as identity, word text)")
        with pytest.raises(DENIED):
            await service.execute("insert into came_later (word) values ('early')")
        await asyncio.gather(*(asyncio.to_thread(migrate, dsn(postgres, "notify", ""), "notify") for _ in range(2)))
        await service.execute("insert into came_later (word) values ('late')")
        await owner.execute("drop table came_later")
