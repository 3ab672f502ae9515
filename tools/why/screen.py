"""The findings on one screen of 80 columns, or as JSON."""

import re
from collections.abc import Iterator
from datetime import datetime
from textwrap import wrap
from typing import Any

from shared.events.catalogue import topics
from tools.masking import printable
from tools.moments import clock, span, utc_now
from tools.parked.showing import record_lines
from tools.why.findings import Findings, Link, Standing
from tools.why.verdict import Verdict

WIDTH = 80
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT.*[+-]\d\d:\d\d$")


def screen(found: Findings, judged: Verdict) -> Iterator[str]:
    """The lines for a person."""
    # A proposed command stands on one line, to be copied.
    whole = re.sub(r"`[^`]*`", lambda command: command[0].replace(" ", "\xa0"), judged.sentence)
    yield from (line.replace("\xa0", " ") for line in _folded(whole, WIDTH))
    yield ""
    yield "where it stands"
    for name, part in found.parts.items():
        yield from _standing(name, part.standing, found)
    yield from (f"  {sentence}" for sentence in found.silent.values())
    if any(part.knows for part in found.parts.values()):
        yield ""
        yield from _chain(found)
    rows = [row for part in found.parts.values() for row in part.parked]
    if rows:
        yield ""
        yield "set aside of it"
        for row in rows[:5]:
            yield from ("  " + line for line in record_lines(row, utc_now()) if line)
        if len(rows) > 5:
            yield f"  … and {len(rows) - 5} more: antar parked list --each --key {found.key}"
    yield ""
    yield from _services(found)


def _standing(name: str, standing: Standing | None, found: Findings) -> Iterator[str]:
    if standing is None:
        yield f"  {name:<9} {'-'}"
        return
    since = standing.since
    when = f"since {clock(since)} ({span((found.now - since).total_seconds())})" if since else ""
    yield f"  {name:<9} {standing.state:<22} {when}"
    if standing.waits_for:
        yield f"  {'':<9} waits for {standing.waits_for}"
    details = printable(", ".join(f"{key} {_short(value)}" for key, value in standing.details.items()))
    yield from (f"  {'':<9} {line}" for line in _folded(details, WIDTH - 12))


def _short(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(" ".join(_short(v) for v in of.values()) for of in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clock(datetime.fromisoformat(value)) if _MOMENT.match(str(value)) else str(value)


def _folded(text: str, width: int) -> list[str]:
    return wrap(text, width, break_on_hyphens=False, break_long_words=False)


def _chain(found: Findings) -> Iterator[str]:
    yield "topic                     said  unsent from  applied by"
    for name in topics():
        said = found.said(name)
        links = [link for link in found.links() if link.topic == name]
        if not said and not any(link.applied for link in links):
            continue
        owner = found.parts.get(topics()[name].owner)
        unsent = owner.unsent.get(name) if owner else None
        readers = "  ".join(f"{link.reader} {link.applied}{_mark(link, said)}" for link in links)
        yield f"  {name:<23} {'?' if said is None else said:>4}  {unsent or '-':>11}  {readers}".rstrip()


def _mark(link: Link, said: int | None) -> str:
    return " <" if link.behind else " !" if said is not None and link.applied > said else ""


def _services(found: Findings) -> Iterator[str]:
    yield "service   process  facts to send             events to read on its partitions"
    for name, part in found.parts.items():
        oldest = part.outbox.oldest
        age = f", oldest {span((found.now - oldest).total_seconds())}" if oldest else ""
        lags = found.lags.get(name, {}) if found.lags is not None else None
        lag = "?" if lags is None else str(sum(lags.values()))
        yield f"{name:<9} {'runs' if part.runs else 'away':<8} {f'{part.outbox.facts}{age}':<25} {lag}"
        for topic, at in part.stopped.items():
            yield f"{'':<9} has stopped {topic} since {clock(at)}"
    if found.broker_silent:
        yield found.broker_silent


def as_data(found: Findings, judged: Verdict) -> dict[str, Any]:
    """The findings for a program."""
    return {
        "application": found.key,
        "cause": judged.cause,
        "verdict": judged.sentence,
        "services": {
            name: {
                "standing": part.standing and part.standing._asdict() | {"since": _iso(part.standing.since)},
                "parked": list(part.parked),
                "stopped": {topic: _iso(at) for topic, at in part.stopped.items()},
                "outbox": {"facts": part.outbox.facts, "oldest": _iso(part.outbox.oldest)},
                "runs": part.runs,
                "lag": found.lags and found.lags.get(name),
            }
            for name, part in found.parts.items()
        },
        "topics": {name: _topic(found, name) for name in topics()},
        "unanswered": dict(found.silent) | ({"kafka": found.broker_silent} if found.broker_silent else {}),
    }


def _topic(found: Findings, name: str) -> dict[str, Any]:
    owner = found.parts.get(topics()[name].owner)
    return {
        "said": found.said(name),
        "on_log": found.on_log(name),
        "unsent_from": owner.unsent.get(name) if owner else None,
        "applied": {link.reader: link.applied for link in found.links() if link.topic == name},
    }


def _iso(at: Any) -> str | None:
    return None if at is None else str(at.isoformat())
