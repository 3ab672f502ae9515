"""What couriers report from the door, at once or hours later, once or many times."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

from shared.events.dispatch import (
    AttemptOutcome,
    DeliveryAssigned,
    DeliveryAttempted,
    DeliveryCompleted,
    DocumentHandedOver,
    DocumentHeldForPickup,
    DocumentReturned,
    Holder,
    Receiver,
    ReturnReason,
)
from tests.service.dispatch.city import KAYURINGIN, NOON, City, attempt, cancelled, completion, printed, recipient


async def test_the_applicant_takes_the_document_and_the_delivery_is_complete(city: City) -> None:
    one = await city.with_courier()
    (result,) = await city.reports(completion(one, acted_at=NOON))
    assert (result["accepted"], result["state"]) == (True, "DELIVERED")
    (said,) = await city.said(DeliveryCompleted)
    assert (said.receiver, said.courier_badge, said.completed_at) == (Receiver.APPLICANT, "TKK-0411", NOON)
    assert said.reported_at > NOON
    assert (await city.delivery(one))["holder"] == "RECEIVER"


async def test_visits_are_numbered_and_after_the_third_the_document_waits_at_the_kelurahan(city: City) -> None:
    one = await city.with_courier()
    for n in range(3):
        await city.reports(attempt(one, "NOT_AT_HOME", acted_at=NOON + timedelta(days=n)))
    said = await city.said(DeliveryAttempted)
    assert [(e.attempt, e.counted, e.attempted_at) for e in said] == [
        (n + 1, True, NOON + timedelta(days=n)) for n in range(3)
    ]
    (held,) = await city.said(DocumentHeldForPickup)
    assert (held.kelurahan_code, held.reason) == (KAYURINGIN, AttemptOutcome.NOT_AT_HOME)
    assert (held.until - held.held_at.astimezone(timezone(timedelta(hours=7))).date()).days == 30
    shown = await city.delivery(one)
    assert (shown["state"], shown["holder"], shown["attempts"]) == ("HELD_FOR_PICKUP", "KELURAHAN", 3)


async def test_a_fourth_visit_is_refused_and_kept(city: City) -> None:
    one = await city.with_courier()
    results = await city.reports(*(attempt(one, "NOT_AT_HOME") for _ in range(4)))
    assert [r["accepted"] for r in results] == [True, True, True, False]
    assert results[3]["code"] == "not-in-your-hands"
    acts = (await city.delivery(one))["acts"]
    assert [a["accepted"] for a in acts].count(False) == 1


async def test_a_document_for_another_rw_uses_up_no_visit_and_finds_its_way(city: City) -> None:
    one = await city.with_courier()
    await city.reports(attempt(one, "NOT_AT_HOME"), attempt(one, "WRONG_RW"))
    assert [(e.attempt, e.counted) for e in await city.said(DeliveryAttempted)] == [(1, True), (2, False)]
    assert (await city.delivery(one))["state"] == "WAITING_FOR_ROUTE"

    routed = await city.post(f"/deliveries/{one}/route", {"kelurahan": "Kayuringinjaya", "rw": "12"})
    assert routed.status_code == 200
    body = routed.json()
    assert (body["state"], body["holder"], body["courier_badge"]) == ("ASSIGNED", "KELURAHAN", "TKK-0412")
    assert [e.courier_badge for e in await city.said(DeliveryAssigned)] == ["TKK-0411", "TKK-0412"]

    await city.hand_over(one, badge="TKK-0412")
    moves = [(e.giver, e.taker, e.courier_badge) for e in await city.said(DocumentHandedOver)]
    assert moves == [
        (Holder.OFFICE, Holder.COURIER, "TKK-0411"),
        (Holder.COURIER, Holder.KELURAHAN, "TKK-0411"),
        (Holder.KELURAHAN, Holder.COURIER, "TKK-0412"),
    ]
    results = await city.reports(*(attempt(one, "NOT_AT_HOME", "TKK-0412") for _ in range(2)))
    assert results[-1]["state"] == "HELD_FOR_PICKUP", "the first courier's visit still counts"


async def test_a_route_to_an_rw_without_courier_waits_for_one(city: City) -> None:
    one = await city.with_courier()
    await city.reports(attempt(one, "WRONG_RW"))
    routed = await city.post(f"/deliveries/{one}/route", {"kelurahan": KAYURINGIN, "rw": "099"})
    assert (routed.json()["state"], routed.json()["holder"]) == ("WAITING_FOR_COURIER", "KELURAHAN")
    await city.hears(recipient(one, "012"))
    assert (await city.delivery(one))["rw"] == "099", "the coordinator's word stands above a later address"
    await city.roster(f"kelurahan,rw,badge,nama,hp\n{KAYURINGIN},99,TKK-0499,Eka Uji,\n")
    assert (await city.delivery(one))["courier_badge"] == "TKK-0499"


async def test_a_document_that_cannot_be_delivered_goes_back_to_the_office(city: City) -> None:
    for reason in ("MOVED_OUT", "DECEASED", "DATA_ERROR_ON_CARD", "DUPLICATE_CARD", "DAMAGED"):
        one = await city.with_courier()
        (result,) = await city.reports(attempt(one, reason))
        assert result["state"] == "RETURNED"
        assert (await city.said(DeliveryAttempted))[-1].counted is False
        assert (await city.said(DocumentReturned))[-1].reason == ReturnReason(reason)
        assert (await city.delivery(one))["holder"] == "OFFICE"


async def test_a_lost_document_stays_with_the_courier_who_lost_it_until_it_is_found(city: City) -> None:
    one = await city.with_courier()
    (result,) = await city.reports(attempt(one, "LOST_IN_TRANSIT"))
    assert result["state"] == "LOST"
    assert (await city.delivery(one))["holder_badge"] == "TKK-0411"
    assert (await city.http.get("/summary")).json()["by_state"] == {"LOST": 1}
    assert (await city.http.get("/couriers/TKK-0411/items")).json() == []
    (result,) = await city.reports(completion(one))
    assert result["state"] == "DELIVERED"


async def test_nobody_else_may_receive_and_the_courier_is_told_why(city: City) -> None:
    one = await city.with_courier()
    acts = [completion(one, receiver=receiver) for receiver in ("NEIGHBOUR", "RT_CHAIR", "", None)]
    results = await city.reports(*acts)
    assert [r["code"] for r in results] == ["receiver-not-allowed"] * 2 + ["receiver-missing"] * 2
    assert results[0]["message"].endswith("Tetangga dan ketua RT/RW tidak boleh menerima.")
    assert (await city.delivery(one))["holder"] == "COURIER"
    assert await city.said(DeliveryCompleted) == []


async def test_a_mandate_needs_its_number(city: City) -> None:
    one = await city.with_courier()
    without, blank, given = (
        completion(one, receiver="MANDATE_HOLDER"),
        completion(one, receiver="MANDATE_HOLDER", mandate_number="  "),
        completion(one, receiver="MANDATE_HOLDER", mandate_number="12/SK/2017"),
    )
    results = await city.reports(without, blank, given)
    assert [(r["accepted"], r.get("code")) for r in results] == [
        (False, "mandate-missing"), (False, "mandate-missing"), (True, None),
    ]  # fmt: skip


async def test_a_card_is_given_for_the_old_one(city: City) -> None:
    for old_card, given in (("TAKEN", 1), ("POLICE_LETTER", 1), ("NONE_HELD", 1), (None, 0), ("PROMISED", 0)):
        one = await city.with_courier()
        (result,) = await city.reports(completion(one, old_card=old_card))
        assert result["accepted"] is bool(given), old_card
        assert given or result["message"].startswith("KTP lama atau suket belum diambil.")


async def test_a_document_on_plain_paper_replaces_no_card(city: City) -> None:
    one = await city.with_courier(blank_kind=None, kind="KK")
    (result,) = await city.reports(completion(one, old_card=None))
    assert result["accepted"]


async def test_an_act_sent_again_in_another_request_gets_the_same_answer_and_acts_once(city: City) -> None:
    one = await city.with_courier()
    made, refused = attempt(one, "NOT_AT_HOME"), completion(one, receiver="NEIGHBOUR")
    first = await city.reports(made, refused)
    await city.reports(attempt(one, "NOT_AT_HOME"))
    assert await city.reports(made, refused) == first
    assert await city.reports(made, made) == [first[0], first[0]]
    assert (await city.delivery(one))["attempts"] == 2


async def test_the_same_act_sent_by_many_requests_at_once_acts_once(city: City) -> None:
    one = await city.with_courier()
    act = attempt(one, "NOT_AT_HOME")
    await city.open_all_connections()
    results = await asyncio.gather(*(city.reports(act) for _ in range(5)))
    assert all(r == results[0] for r in results)
    assert (await city.delivery(one))["attempts"] == 1
    assert len(await city.said(DeliveryAttempted)) == 1


async def test_visits_reported_at_the_same_moment_are_counted_one_after_another(city: City) -> None:
    one = await city.with_courier()
    await city.open_all_connections()
    results = await asyncio.gather(*(city.reports(attempt(one, "NOT_AT_HOME")) for _ in range(6)))
    assert sorted(r[0]["accepted"] for r in results) == [False] * 3 + [True] * 3
    assert [e.attempt for e in await city.said(DeliveryAttempted)] == [1, 2, 3]
    assert len(await city.said(DocumentHeldForPickup)) == 1


async def test_two_phones_report_the_same_document_and_the_second_reads_who_was_first(city: City) -> None:
    one = await city.with_courier()
    await city.reports(completion(one, acted_at=datetime(2017, 9, 4, 9, 52, tzinfo=UTC)))
    (second,) = await city.reports(completion(one))
    assert (second["accepted"], second["code"]) == (False, "already-delivered")
    assert second["message"] == "Sudah dilaporkan diserahkan 4 Sep 2017, 16.52 WIB oleh TKK-0411."
    assert len(await city.said(DeliveryCompleted)) == 1


async def test_another_couriers_report_is_refused_but_kept(city: City) -> None:
    one = await city.with_courier()
    (other,) = await city.reports(completion(one, "TKK-0412"))
    assert (other["accepted"], other["code"], other["state"]) == (False, "not-in-your-hands", "WITH_COURIER")
    kept = (await city.delivery(one))["acts"]
    assert [(a["courier_badge"], a["code"]) for a in kept] == [("TKK-0412", "not-in-your-hands")]


async def test_a_late_report_of_a_document_that_was_taken_back_is_refused_and_kept(city: City) -> None:
    one = await city.with_courier()
    await city.post(f"/deliveries/{one}/route", {"kelurahan": KAYURINGIN, "rw": "012"})
    (late,) = await city.reports(attempt(one, "NOT_AT_HOME", acted_at=NOON))
    assert late["code"] == "not-in-your-hands"
    assert len((await city.delivery(one))["acts"]) == 1


async def test_an_offline_act_keeps_both_its_times(city: City) -> None:
    one = await city.with_courier()
    await city.reports(attempt(one, "REFUSED", acted_at=NOON))
    (said,) = await city.said(DeliveryAttempted)
    assert said.attempted_at == NOON
    assert datetime.now(UTC) - said.reported_at < timedelta(minutes=1)


async def test_a_phone_whose_clock_runs_ahead_is_told_so(city: City) -> None:
    one = await city.with_courier()
    soon, later = (datetime.now(UTC) + timedelta(minutes=m) for m in (3, 10))
    results = await city.reports(
        attempt(one, "NOT_AT_HOME", acted_at=soon), attempt(one, "NOT_AT_HOME", acted_at=later)
    )
    assert [r.get("code") for r in results] == [None, "in-the-future"]
    assert "jam HP" in results[1]["message"]


async def test_an_unknown_document_or_outcome_is_refused_for_its_act_alone(city: City) -> None:
    one = await city.with_courier()
    results = await city.reports(
        attempt(uuid4(), "NOT_AT_HOME"), attempt(one, "DOG_BITES"), attempt(one, "NOT_AT_HOME")
    )
    assert [r.get("code") for r in results] == ["not-found", "unknown-outcome", None]


async def test_acts_of_many_documents_in_one_report_stay_in_order_for_each(city: City) -> None:
    one, two = await city.with_courier(), await city.with_courier()
    results = await city.reports(
        attempt(one, "NOT_AT_HOME"),
        attempt(two, "MOVED_OUT"),
        completion(one),
        completion(two),
        attempt(one, "NOT_AT_HOME"),
    )
    assert [r["accepted"] for r in results] == [True, True, True, False, False]
    assert [r["state"] for r in results] == ["WITH_COURIER", "RETURNED", "DELIVERED", "RETURNED", "DELIVERED"]


async def test_what_was_given_before_the_recall_stands_and_what_comes_after_is_refused(city: City) -> None:
    before, after = await city.with_courier(), await city.with_courier()
    for one in (before, after):
        await city.hears(cancelled(one, at=NOON))
    results = await city.reports(
        completion(before, acted_at=NOON - timedelta(minutes=5)),
        completion(after, acted_at=NOON + timedelta(minutes=5)),
    )
    assert [(r["accepted"], r["state"], r.get("code")) for r in results] == [
        (True, "DELIVERED", None), (False, "RECALLED", "recalled"),
    ]  # fmt: skip


async def test_a_held_document_is_picked_up_by_the_same_rules_as_at_the_door(city: City) -> None:
    one = await city.with_courier()
    await city.reports(*(attempt(one, "NOT_AT_HOME") for _ in range(3)))
    path = f"/deliveries/{one}/pickup"
    assert (await city.post(path, {"receiver": "NEIGHBOUR", "old_card": "TAKEN"})).json()[
        "code"
    ] == "receiver-not-allowed"
    assert (await city.post(path, {"receiver": "APPLICANT"})).json()["code"] == "old-card-missing"
    done = await city.post(path, {"receiver": "FAMILY_CARD_MEMBER", "old_card": "TAKEN"})
    assert (done.json()["state"], done.json()["holder"]) == ("DELIVERED", "RECEIVER")
    (said,) = await city.said(DeliveryCompleted)
    assert (said.receiver, said.courier_badge) == (Receiver.FAMILY_CARD_MEMBER, None)
    again = await city.post(path, {"receiver": "APPLICANT", "old_card": "TAKEN"})
    assert (again.status_code, again.json()["code"]) == (409, "wrong-state")


async def test_a_held_document_goes_back_uncollected_only_after_its_last_day(city: City) -> None:
    one = await city.with_courier()
    await city.reports(*(attempt(one, "NOT_AT_HOME") for _ in range(3)))
    path, body = f"/deliveries/{one}/return", {"reason": "NOT_COLLECTED"}
    assert (await city.post(path, body)).json()["code"] == "still-held"
    await city.service.pool.execute("update delivery set held_until = held_until - 31 where application_id = $1", one)
    assert (await city.post(path, body)).json()["state"] == "RETURNED"
    assert [e.reason for e in await city.said(DocumentReturned)] == [ReturnReason.NOT_COLLECTED]


async def test_what_cannot_be_decided_now_is_refused_in_words(city: City) -> None:
    one = uuid4()
    await city.hears(recipient(one), printed(one))
    for path, body, status in (
        (f"/deliveries/{uuid4()}/route", {"kelurahan": KAYURINGIN, "rw": "012"}, 404),
        (f"/deliveries/{one}/route", {"kelurahan": "Entah", "rw": "012"}, 422),
        (f"/deliveries/{one}/route", {"kelurahan": KAYURINGIN, "rw": "1234"}, 422),
        (f"/deliveries/{one}/pickup", {"receiver": "APPLICANT"}, 409),
        (f"/deliveries/{one}/return", {"reason": "NOT_COLLECTED"}, 409),
        (f"/deliveries/{one}/return", {"reason": "BORED"}, 422),
        ("/courier-reports", {"acts": []}, 422),
        ("/handovers", {"courier_badge": "TKK-9999"}, 404),
    ):
        refused = await city.post(path, body)
        assert refused.status_code == status, path
        assert refused.json()["title"].endswith("."), path


async def test_a_time_that_no_clock_shows_is_told_and_nothing_is_taken(city: City) -> None:
    one = await city.with_courier()
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        refused = await city.post("/courier-reports", {"acts": [completion(one) | {"acted_at": moment}]})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "acts.0.acted_at")
    assert (await city.delivery(one))["acts"] == []
