"""A writer that was put back to an earlier moment says other things under known versions: its stream is stopped."""

from structlog.testing import capture_logs
from uuid_utils.compat import uuid4

from shared.messaging.poll import Applier
from shared.messaging.transaction import Database
from tests.harness import Log
from tests.shared.conftest import Reader, assigned, completed, recipient
from tests.shared.test_poll import refusing


async def test_a_version_that_returns_with_another_id_stops_its_stream_and_no_other(reader: Reader) -> None:
    rewritten, other, elsewhere = uuid4(), uuid4(), uuid4()
    await reader.applier.apply([reader.log.record(assigned(rewritten))])
    again = [Log().record(assigned(rewritten, badge="TKK-0002")), reader.log.record(assigned(other))]
    with capture_logs() as lines:
        stopped = await reader.applier.apply([*again, reader.log.record(recipient(elsewhere, "SITI"))])
    assert stopped == {"dispatch.delivery.v1"}
    assert await reader.effects() == [(str(rewritten), 1), (str(elsewhere), 1)]
    assert await reader.parked() == []
    assert [line["event"] for line in lines if line["log_level"] == "critical"] == ["history_rewritten"]


async def test_a_stopped_stream_stays_stopped_for_every_process_until_it_is_resumed(reader: Reader) -> None:
    rewritten, other = uuid4(), uuid4()
    await reader.applier.apply([reader.log.record(assigned(rewritten))])
    await reader.applier.apply([Log().record(assigned(rewritten))])
    heir = Applier(reader.consumer, Database(reader.pool, "dispatch"))
    following = [reader.log.record(assigned(other)), reader.log.record(completed(other))]
    assert await heir.apply(following) == await heir.stopped() == {"dispatch.delivery.v1"}
    assert await reader.versions_of(other) == []
    await reader.pool.execute("delete from stopped_stream")
    assert await heir.apply(following) == frozenset()
    assert await reader.versions_of(other) == [1, 2]


async def test_what_waits_in_the_parking_table_for_a_stopped_stream_waits_on(reader: Reader) -> None:
    waiting, rewritten = uuid4(), uuid4()
    first, second = reader.log.record(assigned(waiting)), reader.log.record(completed(waiting))
    await reader.applier.apply([second, reader.log.record(assigned(rewritten))])
    await reader.applier.apply([Log().record(assigned(rewritten))])
    await reader.pool.execute("insert into stream_position values ($1, $2, 1, 0, null)", first.topic, str(waiting))
    assert await reader.applier.drain() == 0
    await reader.pool.execute("delete from stopped_stream")
    assert await reader.applier.drain() == 1


async def test_a_parked_record_with_a_rewritten_history_stops_its_stream_too(reader: Reader) -> None:
    key = uuid4()
    reader.before_effect = refusing(key)
    await reader.applier.apply([reader.log.record(assigned(key))])
    await reader.pool.execute("update stream_position set version = 1, event_id = $1 where key = $2", uuid4(), str(key))
    await reader.applier.drain()
    assert await reader.applier.stopped() == {"dispatch.delivery.v1"}
    assert len(await reader.parked()) == 1
