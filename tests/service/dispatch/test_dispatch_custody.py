"""A document has one holder, every change of hands is written down, and nobody can write it otherwise."""

import asyncio
import itertools
from collections.abc import Callable
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.dispatch import handover
from services.dispatch.api.handovers import round_of
from services.dispatch.store import manifests
from shared.events.base import Event
from shared.events.dispatch import DocumentHandedOver, Holder
from tests.service.dispatch.city import (
    KAYURINGIN,
    City,
    attempt,
    cancelled,
    completion,
    officer,
    printed,
    recipient,
    voided,
)

MOVE = """
insert into custody_move (application_id, number, giver, giver_badge, taker, taker_badge, moved_at)
values ($1, $2, $3, $4, $5, $6, now())
"""


async def test_a_document_cannot_have_two_holders(city: City) -> None:
    one = await city.with_courier()
    with pytest.raises(asyncpg.UniqueViolationError):
        await city.service.pool.execute(
            "insert into custody (application_id, holder, since) values ($1, 'OFFICE', now())", one
        )


async def test_a_move_that_does_not_follow_from_the_last_is_impossible(city: City) -> None:
    one = await city.with_courier()
    for impossible in (
        (2, "OFFICE", None, "RECEIVER", None),  # the office gave it away already
        (2, "COURIER", "TKK-0412", "RECEIVER", None),  # another courier than the one who has it
        (3, "COURIER", "TKK-0411", "RECEIVER", None),  # a move is missing in between
        (1, "OFFICE", None, "COURIER", "TKK-0412"),  # the same move a second time
        (2, "COURIER", "TKK-0411", "COURIER", None),  # a courier without a name
        (2, "COURIER", "TKK-0411", "NEIGHBOUR", None),  # no holder at all
        (2, "COURIER", "TKK-0411", "COURIER", "TKK-0411"),  # no change of hands
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await city.service.pool.execute(MOVE, one, *impossible)
    await city.service.pool.execute(MOVE, one, 2, "COURIER", "TKK-0411", "RECEIVER", None)


async def test_a_document_moves_by_the_log_alone_and_the_log_is_never_rewritten(city: City) -> None:
    one = await city.with_courier()
    await city.reports(attempt(one, "NOT_AT_HOME"))
    unknown = uuid4()
    for statement in (
        "update custody set holder = 'KELURAHAN', courier_badge = null",
        "delete from custody",
        "truncate custody",
        f"insert into custody (application_id, holder, since, move) values ('{unknown}', 'KELURAHAN', now(), 1)",
        f"insert into custody (application_id, holder, since) values ('{unknown}', 'KELURAHAN', now())",
        "update custody_move set taker_badge = 'TKK-0412'",
        "delete from custody_move",
        "truncate custody_move",
        "delete from courier_act",
        "update courier_act set accepted = false",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await city.service.pool.execute(statement)
    assert (await city.delivery(one))["holder_badge"] == "TKK-0411"


async def test_a_fourth_visit_is_impossible_in_the_database_too(city: City) -> None:
    one = await city.with_courier()
    with pytest.raises(asyncpg.CheckViolationError):
        await city.service.pool.execute("update delivery set attempts = 4 where application_id = $1", one)


async def test_the_chain_of_hands_is_unbroken_from_the_office_to_the_receiver(city: City) -> None:
    one = await city.with_courier()
    await city.reports(attempt(one, "WRONG_RW"))
    await city.post(f"/deliveries/{one}/route", {"kelurahan": KAYURINGIN, "rw": "012"})
    await city.hand_over(one, badge="TKK-0412")
    await city.reports(completion(one, "TKK-0412"))
    chain = (await city.delivery(one))["custody"]
    hands = [(m["giver"], m["giver_badge"], m["taker"], m["taker_badge"]) for m in chain]
    assert hands == [
        ("OFFICE", None, "COURIER", "TKK-0411"),
        ("COURIER", "TKK-0411", "KELURAHAN", None),
        ("KELURAHAN", None, "COURIER", "TKK-0412"),
        ("COURIER", "TKK-0412", "RECEIVER", None),
    ]
    assert all(earlier[2:] == later[:2] for earlier, later in itertools.pairwise(hands))


async def test_two_officers_hand_over_the_same_document_at_the_same_moment_and_one_of_them_does(city: City) -> None:
    ids = [uuid4() for _ in range(20)]
    await city.hears(*(recipient(one) for one in ids), *(printed(one) for one in ids))
    await city.open_all_connections()
    answers = await asyncio.gather(*(city.hand_over(*ids) for _ in range(4)))
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
    said = await city.said(DocumentHandedOver)
    assert len(said) == 20
    assert len({e.manifest_id for e in said}) == 1


async def test_a_round_and_a_single_hand_over_at_the_same_moment_share_the_documents(city: City) -> None:
    ids = [uuid4() for _ in range(40)]
    await city.hears(*(recipient(one) for one in ids), *(printed(one) for one in ids))
    await city.open_all_connections()
    whole, single = await asyncio.gather(city.post("/handovers/all", {}), city.hand_over())
    assert whole.json()["handed_over"] + len(single.json()["handed_over"]) == 40
    assert len(await city.said(DocumentHandedOver)) == 40


async def test_a_hand_over_and_a_new_route_at_the_same_moment_leave_one_holder(city: City) -> None:
    ids = [uuid4() for _ in range(6)]
    await city.hears(*(recipient(one) for one in ids), *(printed(one) for one in ids))
    route = {"kelurahan": KAYURINGIN, "rw": "012"}
    await city.open_all_connections()
    answers = await asyncio.gather(
        *(city.hand_over(one) for one in ids), *(city.post(f"/deliveries/{one}/route", route) for one in ids)
    )
    assert {a.status_code for a in answers} <= {200, 201, 409}
    for one in ids:
        shown = await city.delivery(one)
        assert (shown["state"], shown["courier_badge"]) == ("ASSIGNED", "TKK-0412")
        assert shown["holder"] in ("OFFICE", "KELURAHAN")


@pytest.mark.parametrize("fact", [cancelled, voided])
async def test_a_withdrawal_waits_for_a_hand_over_in_progress_and_recalls_the_document(
    city: City, fact: Callable[[UUID], Event]
) -> None:
    one = uuid4()
    await city.hears(recipient(one), printed(one))
    async with city.service.db.transaction() as tx:
        await handover.hand_over(tx, officer(), ["TKK-0411"], None)
        withdrawal = asyncio.create_task(city.hears(fact(one)))
        await city.until_it_waits(withdrawal)
    await withdrawal
    shown = await city.delivery(one)
    assert (shown["state"], shown["holder"]) == ("RECALLED", "COURIER")


async def test_a_round_that_was_cut_off_goes_on_with_the_same_request(city: City) -> None:
    ids = [uuid4() for _ in range(3)]
    await city.hears(*(recipient(one, "011" if i else "012") for i, one in enumerate(ids)))
    await city.hears(*(printed(one) for one in ids))
    round_id = round_of("round-2017-09-05")
    async with city.service.db.transaction() as tx:
        await manifests.begin_round(tx.conn, round_id)
        await handover.hand_over(tx, officer(), ["TKK-0411"], None, round_id)
    whole = await city.post("/handovers/all", {}, key="round-2017-09-05")
    assert whole.json() == {"manifests": 2, "handed_over": 3}


async def test_the_morning_round_gives_every_courier_one_manifest(city: City) -> None:
    ids = [uuid4() for _ in range(4)]
    await city.hears(*(recipient(one, "011" if i % 2 else "012") for i, one in enumerate(ids)))
    await city.hears(*(printed(one) for one in ids))
    waiting = uuid4()
    await city.hears(recipient(waiting, "099"), printed(waiting))
    first = await city.post("/handovers/all", {}, key="round-2017-09-04")
    assert first.json() == {"manifests": 2, "handed_over": 4}
    said = await city.said(DocumentHandedOver)
    assert {(e.giver, e.taker) for e in said} == {(Holder.OFFICE, Holder.COURIER)}
    manifests = {(e.courier_badge, e.manifest_id) for e in said}
    assert len(manifests) == 2
    later = uuid4()
    await city.hears(recipient(later), printed(later))
    again = await city.post("/handovers/all", {}, key="round-2017-09-04")
    assert again.json() == first.json()
    assert (await city.delivery(later))["holder"] == "OFFICE", "it was not there when the round was made"
    assert (await city.post("/handovers/all", {})).json() == {"manifests": 1, "handed_over": 1}
    assert (await city.post("/handovers/all", {})).json() == {"manifests": 0, "handed_over": 0}
    assert (await city.delivery(waiting))["holder"] == "OFFICE"


async def test_a_hand_over_that_names_a_document_of_another_courier_moves_nothing(city: City) -> None:
    mine, other = uuid4(), uuid4()
    await city.hears(recipient(mine), recipient(other, "012"), printed(mine), printed(other))
    refused = await city.hand_over(mine, other)
    assert refused.status_code == 409
    assert [e["field"] for e in refused.json()["errors"]] == [str(other)]
    assert await city.said(DocumentHandedOver) == []
    assert (await city.hand_over()).json()["handed_over"] == [str(mine)]
