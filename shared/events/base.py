"""What every event has in common: strict when written, tolerant when read, at home on one stream."""

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator

from shared.events.catalogue import Topic, topics

READING = {"reading": True}
"""Validation context of a reader: see `Open`."""


class Stream:
    """One topic and the event types that its owner writes on it."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.types: dict[str, type[Event]] = {}

    @cached_property
    def declaration(self) -> Topic:
        """The topic's row in topics.yaml.

        Raises:
            KeyError: the topic is not declared there.
        """
        return topics()[self.topic]

    def __repr__(self) -> str:
        return f"Stream({self.topic!r})"


class Event(BaseModel):
    """A fact in the past tense. Subclasses name their stream: `class DocumentPrinted(Event, stream=PRINT_ORDER)`.

    Built in code, an undeclared field is an error. Read from the wire (`read`), it is ignored, so that
    a writer may add optional fields without asking its readers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    stream: ClassVar[Stream]

    def __init_subclass__(cls, *, stream: Stream, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.stream = stream
        stream.types[cls.__name__] = cls

    @property
    def key(self) -> str:
        """The aggregate's id as it stands in the record's key."""
        return str(getattr(self, self.stream.declaration.key))

    @classmethod
    def read(cls, data: bytes) -> Self:
        """The event in a record's value.

        Raises:
            pydantic.ValidationError: a declared field is missing or has the wrong shape.
        """
        event: Self = cls.__pydantic_validator__.validate_json(data, extra="ignore", context=READING)
        return event

    def write(self) -> bytes:
        """The record's value: plain JSON in UTF-8."""
        return self.__pydantic_serializer__.to_json(self)


Codes = TypeVar("Codes", bound=StrEnum)


def _known_or_kept(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    try:
        return handler(value)
    except ValueError:
        if info.context is READING and isinstance(value, str):
            return value
        raise


Open = Annotated[Codes, WrapValidator(_known_or_kept)]
"""A code list that may grow: `outcome: Open[AttemptOutcome]`.

The writer may use declared codes only. A reader of an older release meets a newer code as the plain
string it is and goes on; it must not stop a partition.
"""

Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=40)]
"""A code whose list is configuration, not a release: a document kind, a blank kind, a site."""

KelurahanCode = Annotated[str, Field(pattern=r"^\d\d\.\d\d\.\d\d\.\d{4}$")]
"""A subdistrict by its code of the Ministry of Home Affairs, such as 32.75.01.1001."""

Rw = Annotated[str, Field(pattern=r"^\d{3}$")]
"""A neighbourhood, three digits, unique within its kelurahan only."""
