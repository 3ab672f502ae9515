"""The simulated printer spoils the same blanks in every run."""

from services.printing.printer import simulated_outcome
from shared.events.printing import SpoilReason

SERIALS = [f"KA{n:06d}" for n in range(20_000)]


def test_the_same_seed_spoils_the_same_blanks() -> None:
    assert [simulated_outcome(7, s, 0.1) for s in SERIALS] == [simulated_outcome(7, s, 0.1) for s in SERIALS]
    assert [simulated_outcome(7, s, 0.1) for s in SERIALS] != [simulated_outcome(8, s, 0.1) for s in SERIALS]


def test_about_as_many_blanks_are_lost_as_asked_for() -> None:
    lost = [o for s in SERIALS if (o := simulated_outcome(7, s, 0.02))]
    assert 320 < len(lost) < 480
    assert SpoilReason.CHIP_FAILED in lost


def test_none_and_all_are_lost_at_the_ends_of_the_scale() -> None:
    assert not any(simulated_outcome(7, s, 0.0) for s in SERIALS)
    assert all(simulated_outcome(7, s, 1.0) for s in SERIALS)


def test_plain_paper_never_spoils() -> None:
    assert simulated_outcome(7, None, 1.0) is None
