"""The databases of an installation: one owner and one running role each, and no way from one to another."""

from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from shared.migrations import migrate
from shared.packages import known
from tests.platform import Platform
from tools.deploy import databases
from tools.deploy.databases import Addresses
from tools.deploy.initialising import Elsewhere, initialise
from tools.errors import PlatformError


@pytest.fixture
def addresses(tmp_path: Path, platform: Platform) -> Iterator[Addresses]:
    """Those of an installation on the tests' server, under names of its own; everything is taken away afterwards."""
    server = f"127.0.0.1:{platform.postgres.port}"
    initialise(tmp_path, "localhost", Elsewhere(postgres=server))
    folder = tmp_path / "secrets"
    for file in folder.glob("*_database_url"):
        user, _, rest = file.read_text().strip().removeprefix("postgresql://").partition(":")
        address, _, database = rest.rpartition("/")
        file.write_text(f"postgresql://city_{user}:{address}/city_{database}")
    (folder / "postgres_database_url").write_text(platform.postgres.dsn("postgres", "postgres"))
    found = databases.in_folder(folder)
    yield found
    accounts = [databases.account(one) for one in (*found.services.values(), *found.others, *found.running)]
    for name in {who.database for who in accounts}:
        platform.drop_database(name)
    for who in accounts:
        platform.postgres.query(f"drop role if exists {who.user}")


async def test_a_second_time_makes_nothing(addresses: Addresses) -> None:
    made = await databases.prepare(addresses)
    assert len([line for line in made if line.startswith("database")]) == len(known("services")) + 1
    assert await databases.prepare(addresses) == []


async def test_nobody_comes_into_another_services_database(addresses: Addresses) -> None:
    await databases.prepare(addresses)
    everybody = [*addresses.services.values(), *addresses.others, *addresses.running]
    for address in everybody:
        own = databases.account(address)
        for other in {databases.account(one).database for one in everybody}:
            its = address.rpartition("/")[0] + f"/{other}"
            if other == own.database:
                await (await asyncpg.connect(its)).close()
            else:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await asyncpg.connect(its)


async def test_a_changed_password_counts_from_now_on(addresses: Addresses) -> None:
    await databases.prepare(addresses)
    service, former = next(iter(addresses.services.items()))
    changed = former.replace(databases.account(former).password, "a-new-password-of-a-good-length")
    await databases.prepare(addresses._replace(services={**addresses.services, service: changed}))
    await (await asyncpg.connect(changed)).close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(former)


async def test_the_running_role_works_there_and_changes_no_table(addresses: Addresses) -> None:
    await databases.prepare(addresses)
    migrate(addresses.services["intake"], "intake")
    running = next(one for one in addresses.running if databases.account(one).user == "city_intake_run")
    conn = await asyncpg.connect(running)
    try:
        assert await conn.fetchval("select count(*) from outbox") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("drop table outbox")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("update audit set what = 'nothing'")
    finally:
        await conn.close()


async def test_a_server_that_is_away_is_told_without_an_address(
    addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_PATIENCE", 0.1)
    away = addresses._replace(administrator="postgresql://postgres:a-password-of-a-good-length@127.0.0.1:1/postgres")
    with pytest.raises(PlatformError) as told:
        await databases.prepare(away)
    assert "password" not in str(told.value)
