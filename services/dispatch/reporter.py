"""Whose acts somebody may report: a courier his own, a machine of the whole city those of all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from shared.http.problems import Problem
from shared.people import Visit

NO_BADGE = "Akun Anda belum memuat nomor kartu petugas. Hubungi koordinator kelurahan."
NOT_YOUR_ITEMS = "Ini antaran petugas lain. Buka antaran Anda sendiri."


@dataclass(frozen=True, slots=True)
class Reporter:
    """`badge` None: reports for every courier. `reach` tells of a place whether it lies in their area."""

    badge: str | None
    reach: Callable[[str | None, str | None], bool]

    @classmethod
    def of(cls, visit: Visit) -> Self:
        """The one who asks.

        Raises:
            Problem: 403, a courier of a neighbourhood whose account names no badge.
        """
        badge, reach = visit.person.badge, visit.reach
        if badge is None and not reach(None, None):
            raise Problem(403, "no-badge", NO_BADGE)
        return cls(badge, reach)

    def must_be(self, *badges: str | None) -> None:
        """Go on only if one of these badges is theirs.

        Raises:
            Problem: 403, it is another's.
        """
        if self.badge is not None and self.badge not in badges:
            raise Problem(403, "not-your-badge", NOT_YOUR_ITEMS)
