"""`antar init`, `antar databases`, `antar serve`: from an empty server to running services."""

import asyncio
import runpy
import sys
from pathlib import Path
from typing import Annotated

import typer

from shared.secret_files import SECRETS
from tools.errors import PlatformError
from tools.failing import fail
from tools.findings import tell

Folder = Annotated[
    Path, typer.Option("--folder", envvar="ANTAR_INSTALLATION", help="Where docker-compose.yml is; this folder.")
]
databases = typer.Typer(no_args_is_help=True, help="The databases of an installation.")


def init(
    folder: Folder = Path(),
    domain: Annotated[
        str | None, typer.Option(help="The name by which browsers come: antar.example.id. Else this machine's own.")
    ] = None,
    kafka: Annotated[str | None, typer.Option(help="HOST:PORT of a broker that is there already.")] = None,
    postgres: Annotated[str | None, typer.Option(help="HOST:PORT of a PostgreSQL that is there already.")] = None,
    issuer: Annotated[str | None, typer.Option(help="Address of an OpenID Connect provider that is there.")] = None,
    backup: Annotated[
        Path | None,
        typer.Option(
            "--from", help="A backup whose secrets and settings are taken; its identity comes on standard input."
        ),
    ] = None,
) -> None:
    """Make the secrets and settings that are missing; nothing that exists is changed."""
    from tools.backup.settings import put_back  # noqa: PLC0415 - a command pays for its own imports
    from tools.deploy.backup_keys import IDENTITY, RECIPIENT  # noqa: PLC0415
    from tools.deploy.initialising import Elsewhere, initialise  # noqa: PLC0415

    try:
        if backup is not None:
            back = put_back(folder.resolve(), folder / backup, sys.stdin.read())
            print(f"Put back {len(back)} files: {', '.join(name for name in back if '/' not in name)} and secrets/.")
        made = initialise(folder.resolve(), domain, Elsewhere(kafka, postgres, issuer))
    except PlatformError as failure:
        fail(failure)
    if not made.secrets and not made.settings:
        print("Everything is there already.")
        return
    print(f"Made {len(made.secrets)} secrets in secrets/ and {len(made.settings)} settings in .env.")
    if RECIPIENT in made.secrets:
        print(
            f"Take {IDENTITY} to where this machine's end does not reach, twice: backups can be opened with it alone."
        )
    print("Next: look at .env, then `docker compose up --build --wait`.")


def doctor(folder: Folder = Path()) -> None:
    """Look whether this machine can carry Antar; changes nothing, and ends with 1 when something must be mended."""
    from tools.deploy.doctor import examine  # noqa: PLC0415

    raise typer.Exit(tell(examine(folder.resolve())))


@databases.command("apply")
def apply(
    secrets: Annotated[
        Path, typer.Option(envvar="ANTAR_SECRETS", help="Folder with the addresses: postgres_database_url, …")
    ] = SECRETS,
) -> None:
    """Make the databases and roles that are missing, and bring all tables up to date."""
    from shared.migrations import MigrationError, migrate  # noqa: PLC0415
    from tools.deploy import databases as databases_  # noqa: PLC0415

    try:
        addresses = databases_.in_folder(secrets)
        for line in asyncio.run(databases_.prepare(addresses)):
            print(line)
        for service, owner in addresses.services.items():
            migrate(owner, service)
            print(f"tables of {service}")
    except (PlatformError, MigrationError) as failure:
        fail(failure)


def serve(service: Annotated[str, typer.Argument(help="Which of the services.")]) -> None:
    """Run one service, told everything by its environment and the files in /run/secrets."""
    from shared.packages import UnknownServiceError, package_of  # noqa: PLC0415

    try:
        package = package_of(service)
    except UnknownServiceError as failure:
        fail(failure)
    runpy.run_module(package, run_name="__main__", alter_sys=True)
