"""Which parked records are meant."""

from dataclasses import dataclass, fields
from datetime import datetime


@dataclass(frozen=True)
class Place:
    """Where a record stands on the log."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


def place(text: str) -> Place:
    """The place written as TOPIC/PARTITION/OFFSET.

    Raises:
        ValueError: it is not of that form; the message is for the person who wrote it.
    """
    topic, _, rest = text.partition("/")
    partition, _, offset = rest.partition("/")
    # Below 0 is what was set aside before a restore, and had been compacted away since.
    if not (topic and partition.isdecimal() and offset.removeprefix("-").isdecimal()):
        raise ValueError(f"'{text}' is no place: write TOPIC/PARTITION/OFFSET, such as intake.application.v1/3/812.")
    return Place(topic, int(partition), int(offset))


@dataclass(frozen=True)
class Choice:
    """Filters, all of which must fit; None means any. `code` also fits what stands before a colon."""

    topic: str | None = None
    key: str | None = None
    code: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    partition: int | None = None
    offset: int | None = None

    @property
    def narrows(self) -> bool:
        """Whether any filter is given."""
        return any(value is not None for value in self.arguments())

    def arguments(self) -> tuple[object, ...]:
        """The values of $1 to $7 in `FITS`."""
        return tuple(getattr(self, field.name) for field in fields(self))


FITS = """
    ($1::text is null or p.topic = $1)
    and ($2::text is null or p.key = $2)
    and ($3::text is null or p.code = $3 or split_part(p.code, ':', 1) = $3)
    and ($4::timestamptz is null or p.parked_at >= $4)
    and ($5::timestamptz is null or p.parked_at <= $5)
    and ($6::integer is null or p.partition = $6)
    and ($7::bigint is null or p.record_offset = $7)
"""
"""The condition of a choice on `parked p`."""
