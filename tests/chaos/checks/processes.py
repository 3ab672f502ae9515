"""I6 and I8: how the city came to rest after the last fault, and how its processes ended when asked to."""

from collections.abc import Collection, Iterator, Sequence

from tests.chaos.checks.history import History, text
from tests.chaos.evidence import Life, Recovery, Sample
from tests.chaos.verdict import Offender, Violation, first

HEAL_SECONDS = 30.0
STOP_SECONDS = 25.0


def judge_recovery(recovery: Recovery, services: Collection[str]) -> Iterator[Violation]:
    """Lag and outbox of all these services must have been zero in one look."""
    looks = [sample for sample in recovery.samples if sample.at >= recovery.healed_at]
    if not looks:
        yield Violation("I6", "city", "", "nobody looked after the last fault had healed")
        return
    calm = next((sample for sample in looks if not _left(sample, services)), None)
    if calm is not None and calm.at - recovery.healed_at <= HEAL_SECONDS:
        return
    in_time = [sample for sample in looks if sample.at - recovery.healed_at <= HEAL_SECONDS]
    left = _left((in_time or looks)[-1], services)
    late = "never" if calm is None else f"only after {calm.at - recovery.healed_at:.1f} s"
    yield from first("I6", "city", (Offender(what, 0, f"{n} left; zero {late}") for what, n in left))


def _left(sample: Sample, services: Collection[str]) -> list[tuple[str, str]]:
    found = []
    for name in services:
        for what, numbers in (("lag", sample.lag), ("outbox", sample.outbox)):
            if numbers.get(name) != 0:
                found.append((f"{name} {what}", str(numbers.get(name, "an unknown number"))))
    return found


def judge_stops(lives: Sequence[Life]) -> Iterator[Violation]:
    """Whoever got SIGTERM."""
    for service in sorted({life.service for life in lives}):
        own = [life for life in lives if life.service == service]
        yield from first("I8", service, _unclean(own))
        yield from first("I8", service, _slow(own))


def _unclean(lives: Sequence[Life]) -> Iterator[Offender]:
    for number, life in enumerate(lives, start=1):
        if life.signal == "TERM" and life.exit_code != 0:
            how = "it did not end" if life.exit_code is None else f"it ended with code {life.exit_code}"
            yield Offender(f"process {number}", number, how)


def _slow(lives: Sequence[Life]) -> Iterator[Offender]:
    for number, life in enumerate(lives, start=1):
        if life.signal == "TERM" and life.seconds > STOP_SECONDS:
            yield Offender(f"process {number}", number, f"it took {life.seconds:.1f} s to end")


def judge_repeats(history: History, lives: Sequence[Life]) -> Iterator[Violation]:
    """What stood on the log before a clean stop must not be written again after it.

    Only a row that was sent and not deleted can come again. A clean stop leaves none; what a later kill makes come
    again was first written after the stop.
    """
    stops = [
        (number, life.ends)
        for number, life in enumerate((one for one in lives if one.service == history.topic.owner), start=1)
        if life.signal == "TERM" and life.exit_code == 0 and life.ends is not None
    ]
    offenders = []
    for before, again in history.repeats:
        for number, ends in stops:
            end = ends.get((again.topic, again.partition), 0)
            if before.offset < end <= again.offset and not history.is_injected(again):
                how = f"version {again.version} was written again after process {number} had stopped cleanly"
                offenders.append(Offender(text(again.key), again.version or 0, how))
    yield from first("I8", history.topic.name, offenders)
