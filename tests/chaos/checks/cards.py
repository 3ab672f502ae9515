"""I5 and the messages of I1, I2 and I3 in the databases: no constraint of theirs is trusted, their rows are counted."""

from collections.abc import Iterator, Mapping

from tests.chaos.evidence import City, Used
from tests.chaos.verdict import Offender, Violation, first
from tools.demo.books import Ids


def judge_cards(city: City) -> Iterator[Violation]:
    """The ledger of blanks, the memory of the printer, and who has an application under way."""
    yield from first("I5", "ledger", _used_twice(city))
    yield from first("I5", "ledger", _printed_twice(city))
    yield from first("I5", "printer", _out_of_the_printer(city))
    yield from first("I5", "intake", _two_under_way(city.live))


def judge_messages(city: City) -> Iterator[Violation]:
    """One message for each milestone of an application."""
    owed = {"RECEIVED": city.books.taken, "READY": city.books.printed, "DELIVERED": city.books.delivered}
    for milestone, told in sorted(city.told.items()):
        where = f"message {milestone}"
        if milestone != "MISSED":
            yield from first("I3", where, (Offender(k, n, f"{n} messages") for k, n in told.items() if n > 1))
    for milestone, ids in owed.items():
        yield from _compare_messages(f"message {milestone}", ids, city.told.get(milestone, {}))


def _compare_messages(where: str, owed: Ids, told: Mapping[str, int]) -> Iterator[Violation]:
    yield from first("I1", where, (Offender(key, 0, "no message") for key in owed - told.keys()))
    yield from first("I2", where, (Offender(key, 0, "a message without a cause") for key in told.keys() - owed))


def _used_twice(city: City) -> Iterator[Offender]:
    seen: dict[str, Used] = {}
    for used in city.used:
        if used.serial in seen:
            yield Offender(used.serial, 0, f"the blank went to {seen[used.serial].application} and {used.application}")
        seen.setdefault(used.serial, used)


def _printed_twice(city: City) -> Iterator[Offender]:
    seen: dict[str, str] = {}
    for serial, application, movement in city.used:
        if movement == "PRINTED" and seen.setdefault(application, serial) != serial:
            yield Offender(application, 0, f"it has the cards {seen[application]} and {serial}")


def _out_of_the_printer(city: City) -> Iterator[Offender]:
    known = {used.serial: used for used in city.used}
    good: dict[str, str] = {}
    for application, serial in city.pressed:
        used = known.get(serial)
        if used is None or used.application != application:
            yield Offender(application, 0, f"blank {serial} was printed for it, and the ledger does not know")
        elif used.movement == "PRINTED" and good.setdefault(application, serial) != serial:
            yield Offender(application, 0, f"cards {good[application]} and {serial} came out for it")


def _two_under_way(live: Mapping[str, str]) -> Iterator[Offender]:
    seen: dict[str, str] = {}
    for application, person in sorted(live.items()):
        if seen.setdefault(person, application) != application:
            yield Offender(application, 0, f"the same person has {seen[person]} under way for the same document")
