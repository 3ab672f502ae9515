"""`antar access`: who may do what on the broker."""

from pathlib import Path
from typing import Annotated

import typer

from tools.embedded.errors import PlatformError
from tools.failing import fail

access = typer.Typer(no_args_is_help=True, help="Who may do what on the broker.")

Kafka = Annotated[
    str, typer.Option(envvar="ANTAR_KAFKA", help="The administrator's: kafkas://HOST:PORT?ca=FILE&certificate=FILE")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]


@access.command()
def apply(
    kafka: Kafka,
    addresses: Annotated[
        Path | None, typer.Option(help="Folder of the users' own addresses, NAME_kafka each: their passwords are set.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Give each service and the operator what topics.yaml says, and nothing else; agencies' rights stay."""
    from tools.access import addresses as files  # noqa: PLC0415 - a command pays for its own imports only
    from tools.access import changes  # noqa: PLC0415
    from tools.access.broker import broker  # noqa: PLC0415

    try:
        known = files.addresses(addresses) if addresses else {}
        with broker(kafka) as at:
            found = changes.compare(at, known)
            for line in found.lines():
                print(line)
            if found and not dry_run:
                changes.apply(at, found)
    except PlatformError as failure:
        fail(failure)
    if not found:
        print("Everybody may do what topics.yaml says, and nothing else.")


@access.command()
def rules() -> None:
    """Show what topics.yaml allows, without a broker."""
    from tools.access.rules import ours  # noqa: PLC0415

    for rule in sorted(ours()):
        print(rule)
