"""`antar people`: who may sign in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.secret_files import SECRETS
from tools.errors import PlatformError
from tools.failing import fail

if TYPE_CHECKING:
    from tools.people.keycloak import Keycloak, Member

people = typer.Typer(no_args_is_help=True, help="Who may sign in, at the installation's own sign-in.")

Address = Annotated[str, typer.Option("--sign-in", envvar="ANTAR_SIGN_IN", help="Keycloak's own address.")]
Password = Annotated[
    Path, typer.Option("--password-file", envvar="ANTAR_SIGN_IN_PASSWORD_FILE", help="Of its administrator.")
]
AT = "http://sign-in:8080/sign-in"
WITH = SECRETS / "sign_in_administrator_password"


@people.command()
def add(
    login: Annotated[str, typer.Argument(help="What they type to sign in.")],
    role: Annotated[list[str], typer.Option(help="What they work as; several times for several roles.")],
    area: Annotated[list[str], typer.Option(help="Where: 32.75, 32.75.01 or 32.75.01.1001/011; several times.")],
    name: Annotated[str | None, typer.Option(help="As pages and the audit call them; else the login.")] = None,
    badge: Annotated[str | None, typer.Option(help="A courier's badge number.")] = None,
    desk: Annotated[str | None, typer.Option(help="Where they sit: Loket 3.")] = None,
    sign_in: Address = AT,
    password_file: Password = WITH,
) -> None:
    """Make an account, and show the password for its first sign-in."""
    from tools.people.keycloak import Member  # noqa: PLC0415 - a command pays for its own imports only

    member = Member(login.strip().lower(), name or login, *_duties(role, area), badge, desk)
    with _keycloak(sign_in, password_file) as keycloak:
        _show(keycloak.add(member))


@people.command()
def change(
    login: str,
    role: Annotated[list[str] | None, typer.Option(help="Instead of all former ones; several times.")] = None,
    area: Annotated[list[str] | None, typer.Option(help="Instead of all former ones; several times.")] = None,
    name: Annotated[str | None, typer.Option(help="As pages and the audit call them.")] = None,
    badge: Annotated[str | None, typer.Option(help="A courier's badge number; empty for none.")] = None,
    desk: Annotated[str | None, typer.Option(help="Where they sit; empty for nowhere.")] = None,
    sign_in: Address = AT,
    password_file: Password = WITH,
) -> None:
    """Give somebody other roles, areas, badge, desk or name; what is not given stays."""
    from tools.people.changing import Instead  # noqa: PLC0415
    from tools.people.changing import change as change_  # noqa: PLC0415

    roles, areas = _duties(role or [], area or [])
    instead = Instead(name or None, roles or None, areas or None, badge, desk)
    if instead == Instead():
        raise typer.BadParameter("Say what is to change: --role, --area, --badge, --desk or --name.")
    with _keycloak(sign_in, password_file) as keycloak:
        change_(keycloak, login, instead)
    print("It counts from the next sign-in on; an open session keeps what it had, for a working day at most.")


@people.command()
def machine(
    name: Annotated[str, typer.Argument(help="Under which it asks for tokens: siak-bridge.")],
    role: Annotated[list[str], typer.Option(help="What it may do; several times for several roles.")],
    area: Annotated[list[str], typer.Option(help="Where: 32.75, 32.75.01 or 32.75.01.1001/011; several times.")],
    sign_in: Address = AT,
    password_file: Password = WITH,
) -> None:
    """Let a program ask for tokens of its own, and show its secret once."""
    from tools.people import machines  # noqa: PLC0415
    from tools.people.keycloak import Member  # noqa: PLC0415

    member = Member(name.strip().lower(), name, *_duties(role, area))
    with _keycloak(sign_in, password_file) as keycloak:
        print(f"Client {member.login}, secret: {machines.add(keycloak, member)}")


@people.command()
def withdraw(
    name: Annotated[str, typer.Argument(help="Under which it asks for tokens.")],
    sign_in: Address = AT,
    password_file: Password = WITH,
) -> None:
    """Let a program in no longer; the token that it has is good for five minutes at most."""
    from tools.people import machines  # noqa: PLC0415

    with _keycloak(sign_in, password_file) as keycloak:
        if not machines.remove(keycloak, name.strip().lower()):
            raise PlatformError(f"No program is called '{name}'.")


@people.command("list")
def list_(sign_in: Address = AT, password_file: Password = WITH) -> None:
    """Show who has an account, as what and where they work."""
    with _keycloak(sign_in, password_file) as keycloak:
        rows = [_row(member) for member in keycloak.members()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


@people.command()
def password(login: str, sign_in: Address = AT, password_file: Password = WITH) -> None:
    """Give somebody who forgot it a new password for one sign-in."""
    with _keycloak(sign_in, password_file) as keycloak:
        _show(keycloak.new_password(login))


@people.command()
def stop(login: str, sign_in: Address = AT, password_file: Password = WITH) -> None:
    """Let somebody sign in no longer; the account stays, so that the audit can be read."""
    with _keycloak(sign_in, password_file) as keycloak:
        keycloak.set_active(login, False)


@people.command()
def resume(login: str, sign_in: Address = AT, password_file: Password = WITH) -> None:
    """Let somebody who was stopped sign in again."""
    with _keycloak(sign_in, password_file) as keycloak:
        keycloak.set_active(login, True)


@people.command()
def domain(
    name: Annotated[str, typer.Argument(envvar="ANTAR_DOMAIN", help="The name by which browsers come from now on.")],
    sign_in: Address = AT,
    password_file: Password = WITH,
) -> None:
    """Send people back to another name than at the first start, after ANTAR_DOMAIN was changed."""
    from tools.people import address  # noqa: PLC0415

    with _keycloak(sign_in, password_file) as keycloak:
        address.move(keycloak, name)


@contextmanager
def _keycloak(address: str, password_file: Path) -> "Iterator[Keycloak]":
    from tools.people.keycloak import Keycloak  # noqa: PLC0415

    try:
        secret = password_file.read_text().strip()
    except OSError as error:
        fail(f"{password_file} cannot be read: {error.strerror}.")
    try:
        with Keycloak(address, secret) as keycloak:
            yield keycloak
    except PlatformError as failure:
        fail(failure)


def _duties(roles: list[str], areas: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from shared.people.person import Area, Role  # noqa: PLC0415

    try:
        return tuple(Role(word).value for word in roles), tuple(Area(code).code for code in areas)
    except ValueError as failure:
        raise typer.BadParameter(f"{failure}; roles are {', '.join(Role)}.") from None


def _row(member: "Member") -> tuple[str, ...]:
    where = " · ".join(part for part in (member.badge, member.desk) if part)
    stopped = "" if member.active else "stopped"
    return member.login, member.name, ", ".join(member.roles), ", ".join(member.areas), where, stopped


def _show(password: str) -> None:
    print(f"Password for the first sign-in, to be changed there: {password}")
