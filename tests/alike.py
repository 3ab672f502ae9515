"""What a test says of values it did not choose: any id, any time, an event of which only some fields matter."""

from datetime import datetime
from typing import Any
from uuid import UUID

from shared.events.base import Event


class _Some:
    def __init__(self, type_: type) -> None:
        self._type = type_

    def __eq__(self, other: object) -> bool:
        return isinstance(other, self._type)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"SOME_{'ID' if self._type is UUID else 'TIME'}"


SOME_ID: Any = _Some(UUID)
"""Equals every UUID: `assert rows == [(SOME_ID, "READY")]`."""

SOME_TIME: Any = _Some(datetime)
"""Equals every time."""


class _Like:
    def __init__(self, type_: type[Event], fields: dict[str, Any]) -> None:
        self._type = type_
        self._fields = fields

    def __eq__(self, other: object) -> bool:
        return type(other) is self._type and all(getattr(other, name) == value for name, value in self._fields.items())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"like({self._type.__name__}, {', '.join(f'{name}={value!r}' for name, value in self._fields.items())})"


def like(type_: type[Event], **fields: Any) -> Any:
    """Equals an event of that type with these fields, whatever its others are.

    Raises:
        AssertionError: the type has no such field; it would never equal anything.
    """
    assert fields.keys() <= type_.model_fields.keys(), f"{type_.__name__} has only {', '.join(type_.model_fields)}"
    return _Like(type_, fields)
