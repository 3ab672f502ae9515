"""I9: nobody can be known from what is open or kept for machines."""

from collections.abc import Iterator

from tests.chaos.evidence import Search
from tests.chaos.verdict import Offender, Violation, first


def judge_search(search: Search) -> Iterator[Violation]:
    """A canary is named by its number alone."""
    for place in sorted({finding.place for finding in search.findings}):
        numbers = sorted({finding.canary for finding in search.findings if finding.place == place})
        offenders = (Offender(f"canary {n}", n, "a person could be known from it") for n in numbers)
        yield from first("I9", place, offenders)
    if not search.recognised:
        yield Violation("I9", "search", "restricted topic", "it met nobody even where people may be named: it is blind")
