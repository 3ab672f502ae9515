"""A moment as machines write it."""

import re
from typing import Annotated, Final

from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

_WRITTEN: Final = re.compile(r"\d{4}-\d\d-\d\d")


def _written(value: object) -> object:
    # A bare number would be taken for seconds since 1970, or for milliseconds if it is large: nobody says which.
    if not isinstance(value, str) or not _WRITTEN.match(value):
        raise PydanticCustomError("datetime_parsing", "a moment is written as in ISO 8601")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
"""ISO 8601 with its zone, such as 2017-09-04T08:00:00+07:00."""
