"""A person as the sign-in provider describes them: roles, and the areas in which these count."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

_AREA: Final = re.compile(r"\d\d\.\d\d(\.\d\d(\.\d{4}(/\d{3})?)?)?")


class Role(StrEnum):
    """What somebody works as; one person may have several roles."""

    COUNTER = "counter-officer"
    VERIFIER = "verifier"
    STOREKEEPER = "storekeeper"
    PRINTER = "print-operator"
    COORDINATOR = "kelurahan-coordinator"
    COURIER = "courier"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    PRIVACY = "data-protection-officer"


@dataclass(frozen=True, slots=True, order=True)
class Area:
    """A city (32.75), a kecamatan (32.75.01), a kelurahan (32.75.01.1001) or an RW (32.75.01.1001/011)."""

    code: str

    def __post_init__(self) -> None:
        if not _AREA.fullmatch(self.code):
            raise ValueError("an area is written like 32.75, 32.75.01, 32.75.01.1001 or 32.75.01.1001/011")

    @property
    def is_city(self) -> bool:
        """Whether it is a whole city or regency."""
        return len(self.code) == len("32.75")

    def covers(self, kelurahan_code: str, rw: str | None = None) -> bool:
        """Whether the place lies in it; a kelurahan as a whole does not lie in one of its RWs."""
        # Each level's codes are of one length, so that the beginning decides.
        return f"{kelurahan_code}/{rw or ''}".startswith(self.code)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed in, or a machine with a token. `desk` is where they work, such as Loket 3."""

    subject: str
    name: str
    roles: frozenset[Role]
    areas: frozenset[Area]
    badge: str | None = None
    desk: str | None = None

    def reaches(self, kelurahan_code: str, rw: str | None = None) -> bool:
        """Whether the place lies in one of their areas."""
        return any(area.covers(kelurahan_code, rw) for area in self.areas)

    def claims(self) -> dict[str, Any]:
        """As `person_of` reads it."""
        return {
            "sub": self.subject,
            "name": self.name,
            "antar_roles": sorted(self.roles),
            "antar_areas": sorted(area.code for area in self.areas),
            **({"antar_badge": self.badge} if self.badge else {}),
            **({"antar_desk": self.desk} if self.desk else {}),
        }


def person_of(claims: Mapping[str, Any]) -> Person:
    """The person that a provider's claims describe. Words that we do not know give nobody anything.

    Raises:
        ValueError: there is no subject.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise ValueError("claims without a subject")
    known = {role.value for role in Role}
    return Person(
        subject=subject[:200],
        name=_text(claims.get("name")) or _text(claims.get("preferred_username")) or subject[:200],
        roles=frozenset(Role(word) for word in _words(claims.get("antar_roles")) if word in known),
        areas=frozenset(Area(word) for word in _words(claims.get("antar_areas")) if _AREA.fullmatch(word)),
        badge=_text(claims.get("antar_badge")),
        desk=_text(claims.get("antar_desk")),
    )


def _words(claim: Any) -> list[str]:
    # Keycloak gives a list, others a text with blanks.
    if isinstance(claim, str):
        return claim.split()
    return [word for word in claim if isinstance(word, str)] if isinstance(claim, list) else []


def _text(claim: Any) -> str | None:
    return claim[:120] if isinstance(claim, str) and claim.strip() else None
