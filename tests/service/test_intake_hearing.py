"""Prints and deliveries are heard on two topics, in any order, and lead to the same end."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.events.base import Event
from shared.events.dispatch import (
    DeliveryCompleted,
    DocumentHandedOver,
    DocumentReturned,
    Holder,
    Receiver,
    ReturnReason,
)
from shared.events.intake import ApplicationCancelled, ApplicationClosed
from shared.events.printing import DocumentPrinted
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.intake_cases import KELURAHAN, application, cancel, clear, nik, opened, post, recorded, state

NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


@pytest.fixture
async def intake(harness: Harness) -> ServiceUnderTest:
    return await opened(await harness("intake"))


def printed(id_: UUID) -> DocumentPrinted:
    return DocumentPrinted(
        application_id=id_, document_kind="KTP_EL", site="DISDUKCAPIL", blank_kind="KTP_EL", serial="B0000001",
        run_id=uuid4(), kelurahan_code=KELURAHAN, rw="011", printed_at=NOON,
    )  # fmt: skip


def handed_over(id_: UUID, taker: Holder = Holder.COURIER) -> DocumentHandedOver:
    return DocumentHandedOver(
        application_id=id_, giver=Holder.OFFICE, taker=taker, courier_badge="TKK-0001", manifest_id=uuid4(),
        handed_over_at=NOON + timedelta(days=1),
    )  # fmt: skip


def completed(id_: UUID) -> DeliveryCompleted:
    return DeliveryCompleted(
        application_id=id_, receiver=Receiver.APPLICANT, courier_badge="TKK-0001",
        completed_at=NOON + timedelta(days=2), reported_at=NOON + timedelta(days=2, hours=1),
    )  # fmt: skip


def returned(id_: UUID) -> DocumentReturned:
    return DocumentReturned(application_id=id_, reason=ReturnReason.MOVED_OUT, returned_at=NOON + timedelta(days=3))


@pytest.mark.parametrize("place", range(4))
async def test_a_delivered_document_closes_its_application_wherever_the_print_is_heard(
    intake: ServiceUnderTest, place: int
) -> None:
    """The three facts of the delivery keep their order; the print of another topic falls anywhere between them."""
    id_ = await application(intake)
    await clear(intake, id_)
    facts: list[Event] = [handed_over(id_), handed_over(id_, Holder.RECEIVER), completed(id_)]
    facts.insert(place, printed(id_))
    for fact in facts:
        await intake.hears(fact)
    assert await state(intake, id_) == "CLOSED"
    (closed,) = await intake.said(ApplicationClosed)
    assert (closed.application_id, closed.outcome, closed.closed_at) == (id_, "DELIVERED", NOON + timedelta(days=2))
    shown = (await intake.http.get(f"/applications/{id_}")).json()
    assert all(shown[name] for name in ("printed_at", "handed_over_at", "completed_at"))
    await recorded(intake, reason="LOST")


async def test_facts_of_one_poll_and_the_same_log_once_more_change_nothing_further(intake: ServiceUnderTest) -> None:
    ids = [await application(intake, nik=nik(n)) for n in range(1, 4)]
    log = await intake.hears(*(fact(id_) for id_ in ids for fact in (printed, handed_over, completed)))
    await intake.replays(log)
    assert {c.application_id for c in await intake.said(ApplicationClosed)} == set(ids)
    assert len(await intake.said(ApplicationClosed)) == 3
    assert (await intake.http.get("/summary")).json()["by_state"]["CLOSED"] == 3


async def test_a_document_is_corrected_until_it_is_printed(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    await clear(intake, id_)
    correction = {"rt": "4", "reason": "salah ketik"}
    assert (await post(intake, f"/applications/{id_}/correction", correction)).status_code == 200
    await intake.hears(printed(id_))
    answer = await post(intake, f"/applications/{id_}/correction", {"rt": "5", "reason": "salah ketik"})
    assert (answer.status_code, answer.json()["code"], answer.json()["state"]) == (409, "already-printed", "PRINTED")


async def test_an_application_is_cancelled_unless_its_document_is_on_the_way(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    await intake.hears(printed(id_), handed_over(id_))
    refused = await cancel(intake, id_)
    assert (refused.status_code, refused.json()["code"]) == (409, "with-courier")
    await intake.hears(returned(id_))
    assert await state(intake, id_) == "RETURNED"
    assert (await cancel(intake, id_, "MOVED_OUT")).status_code == 200
    assert [c.reason for c in await intake.said(ApplicationCancelled)] == ["MOVED_OUT"]


async def test_a_closed_application_is_not_cancelled(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    await intake.hears(completed(id_))
    refused = await cancel(intake, id_)
    assert (refused.status_code, refused.json()["code"]) == (409, "closed")


async def test_a_document_that_comes_back_to_the_office_may_go_out_again(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    await intake.hears(handed_over(id_), handed_over(id_, Holder.OFFICE))
    assert await state(intake, id_) == "RETURNED"
    await intake.hears(handed_over(id_), printed(id_))
    assert await state(intake, id_) == "HANDED_OVER"


async def test_a_cancellation_stands_when_the_document_is_printed_or_carried_after_it(intake: ServiceUnderTest) -> None:
    id_ = await application(intake)
    await cancel(intake, id_)
    await intake.hears(printed(id_), handed_over(id_))
    assert await state(intake, id_) == "CANCELLED"
    assert await intake.said(ApplicationClosed) == []
    await recorded(intake)


async def test_what_was_given_to_its_owner_is_closed_though_it_was_cancelled_meanwhile(
    intake: ServiceUnderTest,
) -> None:
    id_ = await application(intake)
    await cancel(intake, id_)
    await intake.hears(completed(id_))
    assert await state(intake, id_) == "CLOSED"
    assert [c.outcome for c in await intake.said(ApplicationClosed)] == ["DELIVERED"]


async def test_facts_about_applications_of_nobody_are_passed_over(intake: ServiceUnderTest) -> None:
    id_ = uuid4()
    await intake.hears(printed(id_), handed_over(id_), completed(id_), returned(id_))
    assert await intake.said() == []
    assert await intake.parked() == []
