"""One known person, and the search for any trace of them in everything that a platform keeps."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from shared.events.catalogue import every_topic
from tools.embedded.launcher import SERVICES, Launcher

NIK, KK = "3275994511850077", "3275992203160088"
FORM = {
    "document_kind": "KTP_EL",
    "reason": "FIRST",
    "nik": NIK,
    "kk": KK,
    "full_name": "Zubaedah Kenarikuning",
    "birth_date": "1985-11-05",
    "phone": "0813 5557 7319",
    "email": "kenarikuning@contoh.test",
    "address": "Gang Walet Emas No. 777",
    "landmark": "sebelah kandang kasuari",
    "kelurahan": "Bekasijaya",
    "rw": "001",
    "rt": "3",
}
CORRECTED = {"address": "Jalan Cendrawasih Biru 9", "phone": "0856 4449 8317"}
TRACES = (
    NIK, "3275********0077", KK, "1985-11-05", "81355577319", "85644498317", "ZUBAEDAH", "KENARIKUNING", "WALET EMAS",
    "KASUARI", "CENDRAWASIH",
)  # fmt: skip
"""Words that stand nowhere else, in capitals."""

_HEX = re.compile(r"\\+x([0-9a-f]{8,})")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{12,}={0,2}")


def traces_in(text: str, depth: int = 3) -> set[str]:
    """Which words of the person stand in a text, also inside of what is written in it as hexadecimal or base64."""
    capitals = text.upper()
    found = {trace for trace in TRACES if trace in capitals}
    if depth:
        for inner in _unwrapped(text):
            found |= traces_in(inner, depth - 1)
    return found


def _unwrapped(text: str) -> Iterator[str]:
    for match in _HEX.finditer(text):
        yield bytes.fromhex(match[1][: len(match[1]) // 2 * 2]).decode("utf-8", "replace")
    for match in _BASE64.finditer(text):
        with_padding = match[0].rstrip("=") + "=" * (-len(match[0].rstrip("=")) % 4)
        try:
            yield base64.b64decode(with_padding).decode("utf-8", "replace")
        except binascii.Error:
            continue


async def in_databases(platform: Launcher, codes: Iterable[str] = ()) -> dict[str, set[str]]:
    """Traces by service and table, in all tables of all databases, whoever added them; also of these tracking codes."""
    found: dict[str, set[str]] = {}
    for name in SERVICES:
        conn = await asyncpg.connect(platform.dsn(name))
        try:
            tables = await conn.fetch("select quote_ident(tablename) from pg_tables where schemaname = 'public'")
            for (table,) in tables:
                rows = await conn.fetch(f"select t::text from {table} t")
                text = "\n".join(row[0] for row in rows)
                if traces := traces_in(text) | {code for code in codes if code in text}:
                    found[f"{name}.{table}"] = traces
        finally:
            await conn.close()
    return found


async def marks(platform: Launcher) -> dict[str, set[str]]:
    """What stands for people in intake's database without saying who they are: all that is sealed or hashed, and the
    ids of families. By table. What is left of a request of the last days is not a person's but the request's own.
    """
    conn = await asyncpg.connect(platform.dsn("intake"))
    try:
        columns = await conn.fetch(
            """
            select table_name, column_name from information_schema.columns
            where table_schema = 'public' and table_name not in ('idempotent_request', 'outbox')
              and (udt_name in ('bytea', '_bytea') or column_name = 'household_id')
            """
        )
        found: dict[str, set[str]] = {}
        for table, column in columns:
            rows = await conn.fetch(f'select "{column}"::text from "{table}" where "{column}" is not null')
            if values := {row[0] for row in rows if len(row[0]) > 8}:
                found[f"{table}.{column}"] = values
        return found
    finally:
        await conn.close()


async def in_topics(platform: Launcher) -> dict[str, set[str]]:
    """Traces by topic, in all records of all topics that anybody may read and of those for copies of parked records."""
    asked = [name for name, topic in every_topic().items() if topic.kind == "facts"]
    found: dict[str, set[str]] = {}
    for record in await records(platform.bootstrap, *asked):
        if traces := traces_in(_text(record)):
            found.setdefault(record.topic, set()).update(traces)
    return found


async def records(bootstrap: str, *topics: str) -> list[ConsumerRecord]:
    """All records of these topics, each partition's in order."""
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None)
    async with consumer:
        ends = await consumer.end_offsets(sorted(consumer.assignment()))
        found: list[ConsumerRecord] = []
        while [tp for tp, end in ends.items() if await consumer.position(tp) < end]:
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                found += batch
    return found


def _text(record: ConsumerRecord) -> str:
    parts = [record.key, record.value, *(value for _, value in record.headers)]
    return "\n".join(part.decode("utf-8", "replace") for part in parts if part is not None)


def in_files(folder: Path) -> dict[str, set[str]]:
    """Traces by file: logs, and whatever else services write; not the servers' own data, which were asked above."""
    found: dict[str, set[str]] = {}
    servers = {folder / "kafka", folder / "postgres"}
    for path in sorted(folder.rglob("*")):
        ours = not servers.intersection(path.parents)
        if path.is_file() and ours and (traces := traces_in(path.read_text("utf-8", "replace"))):
            found[str(path.relative_to(folder))] = traces
    return found
