"""How far everything is read, when the end of the log is always a little ahead."""

from datetime import UTC, datetime, timedelta

from aiokafka import TopicPartition

from shared.reach import Reach

A, B = TopicPartition("a", 0), TopicPartition("b", 0)
START = datetime(2017, 9, 1, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def test_when_nothing_is_left_to_read_all_is_known_up_to_now() -> None:
    assert Reach().look(at(0), {A: 5, B: 0}, {A: 5}) == at(0)


def test_while_much_comes_in_all_is_known_up_to_the_look_whose_end_was_reached() -> None:
    reach = Reach()
    assert reach.look(at(0), {A: 10}, {A: 4}) is None
    assert reach.look(at(15), {A: 20}, {A: 12}) == at(0)
    assert reach.look(at(30), {A: 30}, {A: 21}) == at(15)


def test_one_partition_that_stands_still_holds_back_the_rest() -> None:
    reach = Reach()
    assert reach.look(at(0), {A: 10, B: 3}, {A: 10, B: 2}) is None
    assert reach.look(at(15), {A: 20, B: 3}, {A: 20, B: 2}) is None
    assert reach.look(at(30), {A: 20, B: 3}, {A: 20, B: 3}) == at(30)
