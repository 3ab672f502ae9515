"""`antar backup` and `antar restore`, run in containers of their own that see all secrets for as long as they take."""

import asyncio
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from shared.secret_files import SECRETS
from tools.errors import PlatformError
from tools.failing import fail, silence_kafka

if TYPE_CHECKING:
    from tools.backup.backing_up import Installation

T = TypeVar("T")

Root = Annotated[Path, typer.Option("--folder", envvar="ANTAR_INSTALLATION", help="Where docker-compose.yml is.")]
Secrets = Annotated[
    Path, typer.Option(envvar="ANTAR_SECRETS", help="Folder with the addresses: intake_database_url, …")
]
Backups = Annotated[Path, typer.Option("--to", envvar="ANTAR_BACKUPS", help="Folder in which backups lie.")]
File = Annotated[str, typer.Argument(help="One of the files in backups/.")]


def backup(
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest stay.")] = 14,
    to: Backups = Path("backups"),
    folder: Root = Path(),
    secrets: Secrets = SECRETS,
) -> None:
    """Write all databases, topics, secrets and settings into one encrypted file, while everything goes on."""
    from tools.backup import folder as files  # noqa: PLC0415 - a command pays for its own imports only
    from tools.backup.backing_up import back_up  # noqa: PLC0415
    from tools.deploy.backup_keys import IDENTITY  # noqa: PLC0415

    try:
        with files.alone(to):
            at = datetime.now(UTC)
            file = to / files.new_name(at)
            counted = _run(back_up(_installation(folder, secrets), file))
            gone = files.thin_out(to, keep)
            files.show(to, at)
    except PlatformError as failure:
        fail(failure)
    print(f"{file.name}: {file.stat().st_size:,} bytes, {sum(counted['records'].values()):,} events.")
    for name in gone:
        print(f"{name} is taken away: {keep} newer ones are there.")
    if (folder / IDENTITY).exists():
        print(f"{IDENTITY} still lies on this machine: take it elsewhere, or whoever takes the machine opens backups.")


def restore(
    file: File,
    backups: Backups = Path("backups"),
    folder: Root = Path(),
    secrets: Secrets = SECRETS,
) -> None:
    """Put a backup back onto new volumes; its identity is read from the standard input."""
    from tools.backup.restoring import restore as put_back  # noqa: PLC0415
    from tools.deploy.backup_keys import identity  # noqa: PLC0415

    try:
        key = identity(sys.stdin.read())
        done = _run(put_back(_installation(folder, secrets), backups / Path(file).name, key))
    except PlatformError as failure:
        fail(failure)
    print(f"As it was on {done.made_at}: {done.records:,} events, databases {', '.join(done.databases)}.")
    for user in done.agencies:
        print(
            f"{user} has its rights again and needs a password: `docker compose run --rm operator agency rotate "
            f"{user.removeprefix('agency-')}`."
        )
    print("Next: `docker compose up --wait`.")


def _run(work: Coroutine[Any, Any, T]) -> T:
    import asyncpg  # noqa: PLC0415
    import stamina.instrumentation  # noqa: PLC0415

    # What clients would tell, again and again, is told once and in a sentence.
    silence_kafka()
    stamina.instrumentation.set_on_retry_hooks([])
    try:
        return asyncio.run(work)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
        raise PlatformError(f"A database or the broker broke off on the way ({type(failure).__name__}).") from None


def _installation(folder: Path, secrets: Path) -> "Installation":
    from tools.access.addresses import administrator  # noqa: PLC0415
    from tools.backup.backing_up import Installation  # noqa: PLC0415
    from tools.deploy.databases import in_folder  # noqa: PLC0415

    return Installation(folder.resolve(), in_folder(secrets), administrator(None, secrets))
