"""Of what a service could not apply, other people's tools get a copy over a topic of its own."""

import base64
import json
from dataclasses import replace
from typing import Any

from uuid_utils.compat import uuid4

from tests.shared.conftest import Reader, assigned, completed, recipient


async def copies(reader: Reader) -> list[dict[str, Any]]:
    """What was announced about records set aside."""
    rows = await reader.pool.fetch("select topic, key, payload from outbox where type = 'RecordParked' order by id")
    return [{"to": r["topic"], "as": r["key"]} | json.loads(r["payload"]) for r in rows]


async def test_of_each_record_set_aside_one_copy_is_announced_with_origin_and_code(reader: Reader) -> None:
    key = uuid4()
    bad = replace(reader.log.record(assigned(key)), value=b"{broken")
    nameless = replace(reader.log.record(assigned(uuid4())), key=None)
    await reader.applier.apply([bad, nameless, reader.log.record(completed(key))])
    await reader.applier.apply([bad, nameless])
    await reader.applier.retry_refused()
    await reader.applier.drain()
    found = await copies(reader)
    assert {copy["to"] for copy in found} == {"dispatch.delivery.v1.notify.parked"}
    assert [(c["as"], c["version"], c["code"]) for c in found] == [
        (str(key), 1, "bad-data"),
        ("", None, "null-key"),
        (str(key), 2, "gap"),
    ]
    assert (found[0]["topic"], found[0]["partition"], found[0]["offset"]) == (bad.topic, bad.partition, bad.offset)
    assert base64.b64decode(found[0]["value"]) == b"{broken"
    assert {name: base64.b64decode(value) for name, value in found[0]["headers"]} == dict(bad.headers)


async def test_a_copy_of_what_holds_personal_data_or_is_huge_says_only_where_it_was(reader: Reader) -> None:
    state = replace(reader.log.record(recipient(uuid4(), "SITI CONTOH")), value=b'{"full_name": "SITI CONTOH"}')
    huge = replace(reader.log.record(assigned(uuid4())), value=b"9" * 2_000_000)
    talkative = replace(
        reader.log.record(assigned(uuid4())), value=b"{", headers=[*huge.headers, ("x", b"9" * 400_000)]
    )
    await reader.applier.apply([state, huge, talkative])
    assert [(c["code"], c["value"], c["headers"]) for c in await copies(reader)] == [("bad-data", None, None)] * 3
    assert len(await reader.parked()) == 3


async def test_a_copy_tells_what_is_empty_from_what_is_not_there(reader: Reader) -> None:
    record = reader.log.record(assigned(uuid4()))
    extra = [("x-none", None), ("x-empty", b"")]
    await reader.applier.apply([replace(record, value=b"", headers=[*record.headers, *extra])])
    [copy] = await copies(reader)
    assert copy["value"] == ""
    assert copy["headers"][-2:] == [["x-none", None], ["x-empty", ""]]
