"""How the bench compares: in turn, after a warm-up, pair by pair, and only what was asked for."""

import pytest

from bench.pairs import Work, compare
from bench.rows import ROWS, chosen


async def test_the_two_sides_take_turns_so_that_a_drifting_machine_harms_both_alike() -> None:
    order = ""

    def side(name: str) -> Work:
        async def work() -> float:
            nonlocal order
            order += name
            return 1.0

        return work

    await compare("ours", side("A"), "other", side("B"), repeats=4)
    warm, timed = order[:2], order[2:]
    assert warm == "AB"
    assert timed in {"ABBAABBA", "BAABBAAB"}


async def test_the_ratio_is_made_of_pairs_and_the_warm_up_does_not_count() -> None:
    ours, other = iter([1.0, 50.0, 90.0, 60.0]), iter([1000.0, 100.0, 100.0, 100.0])

    async def mine() -> float:
        return next(ours)

    async def theirs() -> float:
        return next(other)

    figure = await compare("ours", mine, "other", theirs, repeats=3)
    assert figure.spread == (0.6, 0.5, 0.9)
    assert figure.detail == "60 / 100 events/s"


def test_without_a_choice_every_row_is_run() -> None:
    assert chosen([]) == list(ROWS)


def test_a_choice_keeps_the_order_in_which_the_rows_have_to_run() -> None:
    assert [row.name for row in chosen(["hop", "relay"])] == ["relay", "hop"]


def test_a_row_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(ValueError, match="no row is called speed; there are relay"):
        chosen(["speed", "relay"])


def test_the_city_comes_last_since_it_ends_the_servers_of_the_others() -> None:
    assert ROWS[-1].name == "city"
    assert len({row.name for row in ROWS}) == len(ROWS)
