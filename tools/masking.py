"""What may be shown of a record: never a name, number or address of a person, and nothing that upsets a terminal.

A public topic holds no personal data by its contract, but what is set aside has broken contracts before; a topic that
the catalogue does not know is treated as restricted.
"""

import base64
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

from shared.events.catalogue import every_topic

MASK = "***"
EXCERPT = 48
"""Bytes or characters shown of a value that is no JSON."""

_SAFE = (
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # our ids
    r"|[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"  # a trace
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?!\d)"  # a time
)
_PERSONAL = re.compile(
    rf"(?P<safe>(?<![0-9a-f])(?:{_SAFE})(?![0-9a-f]))"
    r"|(?<!\d)\d(?:[ ./-]?\d){15,}"  # NIK, family card
    r"|(?<!\d)(?:\+|62|0)\d(?:[ .()-]{0,2}\d){7,}"  # phone
    r"|[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,63}"  # e-mail
    r"|(?<![A-Z0-9])BKS-?[A-Z0-9]{4}-?[A-Z0-9]{5}(?![A-Z0-9])",  # tracking code
    re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def masked(text: str) -> str:
    """The text with whatever looks like a NIK, a phone number, an e-mail address or a tracking code replaced."""
    return _PERSONAL.sub(lambda found: found[0] if found["safe"] else MASK, text)


def printable(text: str) -> str:
    """The text in one line without control characters, which could rewrite the screen."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def shown(text: str) -> str:
    """A word from a record as it may stand on the screen."""
    return printable(masked(text))


def is_restricted(topic: str) -> bool:
    """Whether everything on the topic counts as personal."""
    declared = every_topic().get(topic)
    return declared is None or declared.classification != "public"


def shown_key(topic: str, key: str | None) -> str | None:
    """The key of a record; on a restricted topic only if it is an id."""
    if key is None:
        return None
    return MASK if is_restricted(topic) and not _UUID.fullmatch(key) else shown(key)


def shown_header(topic: str, name: str, value: bytes | None) -> str | None:
    """The value of a header, if it has one; of a restricted topic only what the envelope needs."""
    if value is None:
        return None
    if is_restricted(topic) and not (name.startswith("ce_") or name in ("content-type", "traceparent")):
        return MASK
    text = value.decode("utf-8", "replace")
    if name == "ce_subject":
        return shown_key(topic, text) or ""
    return shown(text)[:200]


def shown_data(topic: str, value: bytes | None) -> Any:
    """What a record's value says, as JSON data; a sentence in angle brackets where it is none."""
    if value is None:
        return None
    try:
        data = json.loads(value)
        return _copy(topic, data) if is_copy(topic) else _walk(topic, data)
    except (ValueError, RecursionError):
        return _excerpt(topic, value)


def is_copy(topic: str) -> bool:
    """Whether the topic takes copies of what a service set aside."""
    declared = every_topic().get(topic)
    return declared is not None and declared.key == "record_key"


def _walk(topic: str, data: Any) -> Any:
    if isinstance(data, dict):
        return {_name(topic, name): _walk(topic, value) for name, value in data.items()}
    if isinstance(data, list):
        return [_walk(topic, value) for value in data]
    if data is None or isinstance(data, bool):
        return data
    if is_restricted(topic):
        return MASK
    if isinstance(data, str):
        return masked(data)
    return data if masked(str(data)) == str(data) else MASK


def _name(topic: str, name: str) -> str:
    # A broken value may have anything for a name.
    if is_restricted(topic):
        return name if name in _declared_fields(topic) else MASK
    return masked(name)


@cache
def _declared_fields(topic: str) -> frozenset[str]:
    declared = every_topic().get(topic)
    if declared is None:
        return frozenset()
    streams = vars(import_module(f"shared.events.{declared.owner}")).values()
    types = [type_ for s in streams if getattr(s, "topic", None) == topic for type_ in s.types.values()]
    return frozenset(name for type_ in types for name in type_.model_fields)


def _copy(topic: str, data: Any) -> Any:
    """A copy holds the record's bytes in base64, which no pattern sees through."""
    plain = ("topic", "partition", "offset", "version", "code")
    try:
        origin = str(data["topic"])
        headers: Sequence[tuple[str, str | None]] = data["headers"] or ()
        value = None if data["value"] is None else base64.b64decode(data["value"])
        return {
            **{
                name: _walk(topic, data[name]) if not isinstance(data[name], str) else shown(data[name])
                for name in plain
            },
            "record_key": shown_key(origin, data["record_key"]),
            "headers": {
                shown(n): shown_header(origin, n, None if v is None else base64.b64decode(v)) for n, v in headers
            },
            "value": shown_data(origin, value),
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError from error


def _excerpt(topic: str, value: bytes) -> str:
    size = f"{len(value)} bytes"
    if is_restricted(topic) or is_copy(topic):
        return f"<{size}, not JSON; not shown>"
    try:
        text = masked(value.decode())
    except UnicodeDecodeError:
        return f"<{size}, not JSON: {masked(value.decode('latin-1')).encode('latin-1')[:EXCERPT].hex(' ')}>"
    return f"<{size}, not JSON: {printable(text[:EXCERPT])}>"
