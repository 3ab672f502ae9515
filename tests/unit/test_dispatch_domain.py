"""The rules at the door, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from services.dispatch import domain, refusals
from services.dispatch.domain import Act, Document, Receipt, State
from services.dispatch.wording import short_name
from shared.events.dispatch import AttemptOutcome, Holder, Receiver

NOW = datetime(2017, 9, 4, 5, 0, tzinfo=UTC)
TODAY = date(2017, 9, 4)
CARRIED = Document(uuid4(), State.WITH_COURIER, 1, 0, Holder.COURIER, "TKK-0411", True, "32.75.04.1005", "TKK-0411")
GIVEN = Receipt("APPLICANT", None, "TAKEN")


def completion(badge: str = "TKK-0411", at: datetime = NOW) -> Act:
    return Act(uuid4(), CARRIED.application_id, badge, "completion", at, None, GIVEN)


@pytest.mark.parametrize("outcome", AttemptOutcome)
def test_every_outcome_leads_somewhere(outcome: AttemptOutcome) -> None:
    made = domain.visit(CARRIED, outcome)
    after = domain.after_visit(CARRIED, made, TODAY)
    if outcome in domain.COUNTED:
        assert (after.attempts, after.state, after.holder) == (1, State.WITH_COURIER, Holder.COURIER)
    elif outcome in domain.REROUTED:
        assert (after.attempts, after.state, after.holder) == (0, State.WAITING_FOR_ROUTE, Holder.COURIER)
    elif outcome in domain.BROUGHT_BACK:
        assert (after.attempts, after.state, after.holder) == (0, State.RETURNED, Holder.OFFICE)
        assert after.return_reason == outcome.value
    else:
        assert (outcome, after.state, after.holder_badge) == ("LOST_IN_TRANSIT", State.LOST, "TKK-0411")


@pytest.mark.parametrize("outcome", sorted(domain.COUNTED))
def test_the_third_counted_visit_leaves_the_document_at_the_kelurahan_for_thirty_days(outcome: AttemptOutcome) -> None:
    twice = replace(CARRIED, attempts=2)
    after = domain.after_visit(twice, domain.visit(twice, outcome), TODAY)
    assert (after.state, after.holder, after.holder_badge) == (State.HELD_FOR_PICKUP, Holder.KELURAHAN, None)
    assert after.held_until == date(2017, 10, 4)


def test_a_visit_that_does_not_count_leaves_its_number_to_the_next() -> None:
    wrong_rw = domain.visit(CARRIED, AttemptOutcome.WRONG_RW)
    after = domain.after_visit(CARRIED, wrong_rw, TODAY)
    assert (wrong_rw.number, domain.visit(after, AttemptOutcome.NOT_AT_HOME).number) == (1, 1)


def test_a_visit_while_the_coordinator_looks_for_the_rw_does_not_end_his_search() -> None:
    searched = replace(CARRIED, state=State.WAITING_FOR_ROUTE)
    after = domain.after_visit(searched, domain.visit(searched, AttemptOutcome.NOT_AT_HOME), TODAY)
    assert (after.state, after.attempts) == (State.WAITING_FOR_ROUTE, 1)


def test_a_recalled_document_stays_recalled_and_its_visits_count_no_more() -> None:
    recalled = replace(CARRIED, state=State.RECALLED, attempts=2, recalled_at=NOW)
    made = domain.visit(recalled, AttemptOutcome.NOT_AT_HOME)
    assert not made.counted
    assert domain.after_visit(recalled, made, TODAY) == recalled


@pytest.mark.parametrize("receiver", Receiver)
def test_these_three_may_receive(receiver: Receiver) -> None:
    assert refusals.refuse_receipt(Receipt(receiver, "12/SK/2017", "TAKEN"), on_blank=True) is None


@pytest.mark.parametrize(
    ("ahead", "code"),
    [(timedelta(minutes=5), None), (timedelta(minutes=5, seconds=1), "in-the-future"), (-timedelta(days=30), None)],
)
def test_a_clock_may_run_five_minutes_ahead_and_a_report_may_come_a_month_late(ahead: timedelta, code: str) -> None:
    refusal = refusals.refuse_act(CARRIED, completion(at=NOW + ahead), NOW)
    assert (refusal and refusal.code) == code


@pytest.mark.parametrize(
    ("document", "badge"),
    [
        (CARRIED, "TKK-0412"),
        (replace(CARRIED, holder=Holder.KELURAHAN, holder_badge=None, state=State.HELD_FOR_PICKUP), "TKK-0411"),
        (replace(CARRIED, holder=Holder.OFFICE, holder_badge=None, state=State.ASSIGNED), "TKK-0411"),
    ],
)
def test_only_who_holds_the_document_can_report_it(document: Document, badge: str) -> None:
    assert refusals.refuse_act(document, completion(badge), NOW) == refusals.NOT_IN_YOUR_HANDS


def test_a_delivered_document_is_closed_for_everyone() -> None:
    done = domain.delivered(CARRIED, "APPLICANT", "TKK-0411", NOW)
    assert (done.holder, done.holder_badge) == (Holder.RECEIVER, None)
    refusal = refusals.refuse_act(done, completion(), NOW)
    assert refusal is not None
    assert refusal.message == "Sudah dilaporkan diserahkan 4 Sep 2017, 12.00 WIB oleh TKK-0411."


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("SARTIKA UJI WULANDARI", "SARTIKA U. W."),
        ("Suparno", "Suparno"),
        ("M. Yusuf Uji", "M. Yusuf U."),
        ("Hj. Siti Uji", "Hj. Siti U."),
        ("Nur'aini Uji", "Nur'aini U."),
        ("Li Na", "Li N."),
        ("  ", ""),
    ],
)
def test_a_courier_asks_for_somebody_by_a_short_name(full: str, short: str) -> None:
    assert short_name(full) == short
