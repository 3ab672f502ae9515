"""What a command that only looks has found: a line for each thing, and whether one must be mended first."""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

Verdict = Literal["good", "unknown", "bad"]
_SIGNS: Final = {"good": "ok ", "unknown": "?  ", "bad": "BAD"}


class Finding(NamedTuple):
    """What was looked at, how it is, and a sentence: for `bad` what to do before one goes on."""

    about: str
    is_: Verdict
    says: str


def tell(findings: Iterable[Finding]) -> int:
    """Prints each as it comes.

    Returns:
        The exit code: 1 when something is bad.
    """
    worst = 0
    for finding in findings:
        print(f"{_SIGNS[finding.is_]} {finding.about:<12} {finding.says}")
        worst |= finding.is_ == "bad"
    return worst
