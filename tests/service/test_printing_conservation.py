"""Whatever happens in whatever order, blanks are conserved and the queue is served as a small model says."""

import bisect
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.events.intake import Reason
from tests.conftest import Harness
from tests.harness import ServiceUnderTest
from tests.service.printing_cases import MORNING, cancelled, cleared, receive, scan, states, stock_of

RANK = {Reason.FIRST: 0, Reason.MOVED_IN: 3, Reason.LOST: 4}

STEPS = st.one_of(
    st.tuples(st.just("receive"), st.integers(1, 4)),
    st.tuples(st.just("queue"), st.tuples(st.sampled_from(list(RANK)), st.integers(0, 3))),
    st.tuples(st.just("cancel"), st.integers(0, 20)),
    st.tuples(st.just("print"), st.integers(0, 20)),
    st.tuples(st.just("spoil"), st.integers(0, 20)),
)


class Model:
    """The rules in their plainest form: one list of free blanks, one sorted queue, a state for each order."""

    def __init__(self) -> None:
        self.received = 0
        self.pile: list[int] = []
        self.places: dict[int, tuple[int, int, int]] = {}
        self.queue: list[tuple[int, int, int]] = []
        self.state: dict[int, str] = {}
        self.used = {"PRINTED": 0, "SPOILED": 0}

    def meet(self) -> None:
        while self.queue and len(self.pile) > self.reserved:
            self.state[self.queue.pop(0)[2]] = "ALLOCATED"

    @property
    def reserved(self) -> int:
        return sum(state == "ALLOCATED" for state in self.state.values())

    def join(self, number: int) -> None:
        bisect.insort(self.queue, self.places[number])
        self.state[number] = "QUEUED"

    def cancel(self, number: int) -> None:
        ends = {"PRINTED": "VOIDED", "VOIDED": "VOIDED"}
        if self.state[number] == "QUEUED":
            self.queue.remove(self.places[number])
        self.state[number] = ends.get(self.state[number], "CANCELLED")


async def act(printing: ServiceUnderTest, model: Model, step: str, what: object) -> None:
    """Do one step to the service and to the model."""
    match step, what:
        case "receive", int(count):
            await receive(printing, model.received + 1, model.received + count)
            model.pile += range(model.received + 1, model.received + count + 1)
            model.received += count
        case "queue", (Reason() as reason, int(minutes)):
            number = len(model.state) + 1
            await printing.hears(cleared(number, reason=reason, cleared_at=MORNING + timedelta(minutes=minutes)))
            model.places[number] = (RANK[reason], minutes, number)
            model.join(number)
        case "cancel", int(pick) if model.state:
            number = 1 + pick % len(model.state)
            await printing.hears(cancelled(number))
            model.cancel(number)
        case (("print" | "spoil"), int(pick)) if model.state and model.pile:
            await use(printing, model, 1 + pick % len(model.state), model.pile[pick % len(model.pile)], step)
    model.meet()


async def use(printing: ServiceUnderTest, model: Model, number: int, blank: int, step: str) -> None:
    """The operator scans some blank of the pile for some order, be it the right moment or not."""
    answer = await scan(printing, number, blank, spoiled="OTHER" if step == "spoil" else None)
    assert (answer.status_code == 200) == (model.state[number] == "ALLOCATED")
    if answer.status_code == 200:
        model.pile.remove(blank)
        model.used["SPOILED" if step == "spoil" else "PRINTED"] += 1
        model.state[number] = "PRINTED"
        if step == "spoil":
            model.join(number)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=5, max_size=25))
async def test_any_history_of_blanks_and_orders_goes_as_the_model_says(
    harness: Harness, steps: list[tuple[str, object]]
) -> None:
    printing = await harness("printing", printer="manual")
    model = Model()
    for step, what in steps:
        await act(printing, model, step, what)
        assert await states(printing) == model.state
    if model.received:
        stock = await stock_of(printing)
        assert (stock["received"], stock["in_stock"], stock["reserved"], stock["printed"], stock["spoiled"]) == (
            model.received, len(model.pile), model.reserved, model.used["PRINTED"], model.used["SPOILED"],
        )  # fmt: skip
