"""How parked records look: to a person in 80 columns, to a program as JSON; never with personal data."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from textwrap import wrap
from typing import Any

from shared.events.catalogue import topics
from shared.messaging.parking import GAP, unpack
from tools.masking import shown, shown_data, shown_header, shown_key
from tools.moments import ago, clock
from tools.parked.choice import Place
from tools.parked.codes import meaning

Row = Any
"""A row of the database, by its columns' names."""


def group(service: str, row: Row) -> dict[str, Any]:
    """A group of records with one cause, as JSON data."""
    return {
        "service": service,
        "topic": shown(row["topic"]),
        "code": shown(row["code"]),
        "type": _type(row),
        "records": row["records"],
        "to_retry": row["to_retry"],
        "oldest": row["oldest"].isoformat(),
        "newest": row["newest"].isoformat(),
        "example": {"key": shown_key(row["topic"], row["key"]), "place": _place(row)},
    }


def record(service: str, row: Row) -> dict[str, Any]:
    """One record without what it holds, as JSON data."""
    return {
        "service": service,
        "place": _place(row),
        "code": shown(row["code"]),
        "type": _type(row),
        "key": shown_key(row["topic"], row["key"]),
        "version": row["version"],
        "attempts": row["attempts"],
        "parked_at": row["parked_at"].isoformat(),
        "to_retry": row["retry"],
    }


def whole(service: str, row: Row, behind: Sequence[Row]) -> dict[str, Any]:
    """One record with everything that may be shown of it, as JSON data."""
    key = row["key"]
    if key is None and row["raw_key"] is not None:
        key = row["raw_key"].decode("utf-8", "replace")
    return record(service, row) | {
        "key": shown_key(row["topic"], key),
        "meaning": meaning(shown(row["code"]), service),
        "applied": row["applied"] or 0,
        "behind": [{"version": b["version"], "type": _type(b), "code": shown(b["code"])} for b in behind],
        "headers": {shown(name): shown_header(row["topic"], name, value) for name, value in unpack(row["headers"])},
        "value": shown_data(row["topic"], row["raw_value"]),
    }


def action(service: str, row: Row) -> dict[str, Any]:
    """What a person did, as JSON data."""
    return {
        "at": row["at"].isoformat(),
        "service": service,
        "who": shown(row["who"]),
        "action": row["action"],
        "reason": shown(row["reason"]),
        "place": _place(row),
        "key": shown_key(row["topic"], row["key"]),
        "version": row["version"],
        "code": shown(row["code"]),
    }


def group_lines(of: Mapping[str, Any], now: datetime) -> list[str]:
    """A group for a person."""
    oldest, newest = _ago(of["oldest"], now), _ago(of["newest"], now)
    when = oldest if oldest == newest else f"{oldest} to {newest}"
    marked = f", {of['to_retry']} to be retried" if of["to_retry"] else ""
    return [
        f"{of['service']:<9} {of['topic']}  {_cut(of['code'], 44)}",
        f"{of['records']:>9} {_cut(of['type'] or '(type unreadable)', 40)}, {when}{marked}",
        f"{'':9} such as {_cut(of['example']['key'], 60)}" if of["example"]["key"] else "",
        f"{'':9} {'at' if of['example']['key'] else 'such as'} {of['example']['place']}",
    ]


def record_lines(of: Mapping[str, Any], now: datetime) -> list[str]:
    """A record for a person, in two lines."""
    marked = ", to be retried" if of["to_retry"] else ""
    return [
        f"{of['service']:<9} {of['place']}  {_cut(of['code'], 40)}",
        f"{'':9} {_numbered(of)} of {_cut(of['key'] or '(no key)', 44)}",
        f"{'':9} {_ago(of['parked_at'], now)}, tried {_times(of['attempts'])}{marked}",
    ]


def whole_lines(of: Mapping[str, Any], now: datetime) -> list[str]:
    """The facts about one record for a person; its headers and its value are printed beside."""
    lines = [
        f"{of['service']} set aside {of['place']}",
        f"  what      {_numbered(of)}",
        f"  key       {_cut(of['key'] or '(none)', 64)}",
        f"  when      {_ago(of['parked_at'], now)}, {clock(datetime.fromisoformat(of['parked_at']))}; "
        f"tried {_times(of['attempts'])}{', to be retried' if of['to_retry'] else ''}",
        f"  code      {of['code']}",
        *wrap(of["meaning"], 80, initial_indent="  meaning   ", subsequent_indent=" " * 12),
    ]
    if of["version"] is not None:
        lines.append(f"  position  {of['service']} has applied this key up to no. {of['applied']}; {_turn(of)}")
    if of["behind"]:
        lines.append(f"  behind    {len(of['behind'])}: " + ", ".join(_numbered(b) for b in of["behind"][:4]))
        lines[-1] += ", …" if len(of["behind"]) > 4 else ""
    return lines


def action_lines(of: Mapping[str, Any], now: datetime) -> list[str]:
    """What a person did, for a person."""
    number = f"no. {of['version']} of " if of["version"] is not None else ""
    return [
        f"{clock(datetime.fromisoformat(of['at']))} ({_ago(of['at'], now)}): {_cut(of['who'], 30)}",
        f"   {of['action']} {of['place']} of {of['service']}, {_cut(of['code'], 30)}",
        f"   {number}{_cut(of['key'] or '(no key)', 50)}",
        f"   because: {_cut(of['reason'], 66)}" if of["reason"] else "",
    ]


def _turn(of: Mapping[str, Any]) -> str:
    if of["version"] <= of["applied"]:
        return "it was overtaken"
    declared = topics().get(of["place"].split("/")[0])
    if of["version"] == of["applied"] + 1 or (declared is not None and declared.kind == "state"):
        return "it is next"
    return f"it waits for no. {of['applied'] + 1}"


def _numbered(of: Mapping[str, Any]) -> str:
    number = f"no. {of['version']}" if of["version"] is not None else "number unknown"
    return f"{_cut(of['type'] or 'type unreadable', 40)} {number}" + (" (waits)" if of["code"] == GAP else "")


def _type(row: Row) -> str | None:
    if row["type"] is None:
        return None
    try:
        return shown_header(row["topic"], "ce_type", base64.b64decode(row["type"]))
    except binascii.Error:
        return None


def _place(row: Row) -> str:
    return shown(str(Place(row["topic"], row["partition"], row["record_offset"])))


def _ago(at: str, now: datetime) -> str:
    return ago(datetime.fromisoformat(at), now)


def _times(attempts: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(attempts, f"{attempts} times")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
