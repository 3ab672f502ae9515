"""What a backup says of itself, first of all: what it belongs to, and when it was made."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.events.catalogue import every_topic
from shared.tables import files
from shared.version import version
from tools.backup.opening import Member
from tools.errors import PlatformError

NAME: Final = "manifest.json"


class Manifest(BaseModel):
    """The release that made it, its topics with their partitions, its tables: what was done to them by service, before
    and after the code that was there before had ended."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    made_at: datetime
    version: str
    migrations: dict[str, list[str]]
    finished: dict[str, list[str]]
    partitions: dict[str, int]


def made(at: datetime, migrations: Mapping[str, list[str]], finished: Mapping[str, list[str]]) -> Manifest:
    """That of a backup from here and now; numbers of migrations applied, by service, that come before and after."""
    return Manifest(
        made_at=at, version=version(), migrations=dict(migrations), finished=dict(finished), partitions=_partitions()
    )


def first(members: Iterator[Member]) -> Manifest:
    """That with which a backup begins.

    Tables may have less than this code adds, which it then does, or more, from a newer release that was given up.

    Raises:
        PlatformError: there is none, another release made it, or newer code took from its tables what this needs.
    """
    name, content = next(members, ("", b""))
    manifest = _read(content if name == NAME else b"")
    if manifest.version != version():
        raise PlatformError(
            f"It was made by version {manifest.version}, and this is {version()}: restore it with that version, then "
            "upgrade."
        )
    beyond = {number for service, its in manifest.finished.items() for number in its if number not in _after(service)}
    if beyond or manifest.partitions != _partitions():
        what = f"migrations {', '.join(sorted(beyond))}" if beyond else "topics"
        raise PlatformError(
            f"It was made by code with other tables or topics than this ({what}): restore it with that."
        )
    return manifest


def _partitions() -> dict[str, int]:
    return {name: topic.partitions for name, topic in every_topic().items()}


def _after(service: str) -> dict[str, str]:
    return files(service, after=True)


def _read(content: bytes) -> Manifest:
    try:
        return Manifest.model_validate_json(content)
    except ValidationError:
        raise PlatformError(
            "This is no backup of Antar's, or one of a release that says other things of itself."
        ) from None
