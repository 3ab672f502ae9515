"""Decides the nine invariants of the reliability proof from evidence alone, after the run."""

from tests.chaos.evidence import Evidence
from tests.chaos.verdict import Violation


def check(evidence: Evidence) -> list[Violation]:
    """All violations, sorted by invariant, place and key; an empty list is the proof.

    Parts of the evidence that are None are not judged (`report` says which).
    """
    raise NotImplementedError
