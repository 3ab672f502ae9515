"""Finds every stream of the published language, so that nobody keeps a list of them."""

import pkgutil
from functools import cache
from importlib import import_module

from shared import events
from shared.events.base import Stream


@cache
def streams() -> dict[str, Stream]:
    """The streams that the modules of this package declare, by topic."""
    modules = [import_module(f"{events.__name__}.{module.name}") for module in pkgutil.iter_modules(events.__path__)]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Stream)]
    return {stream.topic: stream for stream in found}
