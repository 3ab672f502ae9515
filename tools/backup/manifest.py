"""What a backup says of itself, first of all: what it belongs to, and when it was made."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.events.catalogue import every_topic
from shared.packages import known
from shared.tables import files
from shared.version import version
from tools.backup.opening import Member
from tools.embedded.errors import PlatformError

NAME: Final = "manifest.json"


class Manifest(BaseModel):
    """The release that made it, its tables by database, its topics with their partitions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    made_at: datetime
    version: str
    migrations: dict[str, list[str]]
    partitions: dict[str, int]


def made(at: datetime, migrations: Mapping[str, list[str]]) -> Manifest:
    """That of a backup from here and now; `migrations` are the numbers of those applied, by service."""
    return Manifest(made_at=at, version=version(), migrations=dict(migrations), partitions=_partitions())


def first(members: Iterator[Member]) -> Manifest:
    """That with which a backup begins.

    Raises:
        PlatformError: there is none, or another release than this one made it; says which.
    """
    name, content = next(members, ("", b""))
    manifest = _read(content if name == NAME else b"")
    if manifest.version != version():
        raise PlatformError(
            f"It was made by version {manifest.version}, and this is {version()}: restore it with that version, then "
            "upgrade."
        )
    other = {number for service in known("services") for number in _difference(manifest, service)}
    if other or manifest.partitions != _partitions():
        what = f"migrations {', '.join(sorted(other))}" if other else "topics"
        raise PlatformError(
            f"It was made by code with other tables or topics than this ({what}): restore it with that."
        )
    return manifest


def _partitions() -> dict[str, int]:
    return {name: topic.partitions for name, topic in every_topic().items()}


def _difference(manifest: Manifest, service: str) -> set[str]:
    return files(service, after=False).keys() ^ manifest.migrations.get(service, ())


def _read(content: bytes) -> Manifest:
    try:
        return Manifest.model_validate_json(content)
    except ValidationError:
        raise PlatformError(
            "This is no backup of Antar's, or one of a release that says other things of itself."
        ) from None
