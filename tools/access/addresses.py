"""The addresses by which our own users reach the broker: a file for each, in which its password stands."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError, SaslAuthenticationFailed

from shared.kafka import KafkaAddress, KafkaAddressError, client, read
from tools.access.rules import our_users
from tools.errors import PlatformError

ADMINISTRATOR: Final = "administrator"
PATIENCE: Final = 10.0


def administrator(given: str | None, folder: Path) -> str:
    """The administrator's own address: the given one, or that among the secrets.

    Raises:
        PlatformError: there is neither.
    """
    own = file_of(folder, ADMINISTRATOR)
    try:
        return given or own.read_text().strip()
    except OSError:
        raise PlatformError(f"No broker is named: give --kafka, ANTAR_KAFKA or the file {own}.") from None


def file_of(folder: Path, user: str) -> Path:
    """Where the address of a user, or of the administrator, stands."""
    return folder / f"{user}_kafka"


def addresses(folder: Path) -> Mapping[str, str]:
    """The address of each of our users that has a file in the folder.

    Raises:
        PlatformError: one of them is not of its form or names another user.
    """
    files = {user: file_of(folder, user) for user in our_users()}
    try:
        found = {user: file.read_text().strip() for user, file in files.items() if file.exists()}
    except OSError as error:
        raise PlatformError(f"An address in {folder} cannot be read: {error.strerror}.") from None
    for user, address in found.items():
        known = parts(address, files[user])
        if known.user != user:
            raise PlatformError(f"{files[user]} must be an address of the user {user}: kafkas://{user}:PASSWORD@…")
    return found


def parts(address: str, file: Path) -> KafkaAddress:
    """The address taken apart.

    Raises:
        PlatformError: it is not of its form; names the file.
    """
    try:
        return read(address)
    except KafkaAddressError as error:
        raise PlatformError(f"{file}: {error}.") from None


def lets_in(address: str) -> bool:
    """Whether the broker takes the password in this address.

    Raises:
        PlatformError: it cannot be asked.
    """
    return asyncio.run(_lets_in(address))


async def _lets_in(address: str) -> bool:
    settings = client(address)
    for server in settings.pop("bootstrap_servers"):
        host, _, port = server.rpartition(":")
        try:
            async with asyncio.timeout(PATIENCE):
                connection = await create_conn(host, int(port), **settings)
        except SaslAuthenticationFailed:
            return False
        except (KafkaError, OSError, TimeoutError):
            continue
        connection.close()
        return True
    raise PlatformError(
        f"The broker does not answer at the door for {read(address).user}, so its password is not tried."
    )
