"""What will happen to each application: the ministry's word, a change of mind, and what the courier meets."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.sample.city import Ward
from tools.sample.deck import Deck
from tools.sample.dice import Dice
from tools.sample.names import street_address

DELIVERED = "DELIVERED"
CLEARED = "PRR"


@dataclass(frozen=True, slots=True)
class Course:
    """Before the print. `word` is the ministry's ("" for silence), `cancel` the stage at which it is withdrawn."""

    word: str
    cancel: str = ""
    correct: bool = False


@dataclass(frozen=True, slots=True)
class Visits:
    """At the door, in order; what then becomes of a document that was not delivered."""

    outcomes: tuple[str, ...]
    ending: str = ""


COURSES: Sequence[tuple[Course, float]] = (
    (Course(CLEARED), 0.953),
    (Course(CLEARED, cancel="QUEUED"), 0.004),
    (Course(CLEARED, cancel="PRINTED"), 0.005),
    (Course(CLEARED, correct=True), 0.006),
    (Course("", cancel="RECORDED"), 0.004),
    (Course(""), 0.008),
    (Course("SENT_FOR_ENROLLMENT"), 0.011),
    (Course("DUPLICATE_RECORD"), 0.006),
    (Course("BIO_CAPTURED"), 0.003),
)

_AWAY = "NOT_AT_HOME"

VISITS: Sequence[tuple[Visits, float]] = (
    (Visits((DELIVERED,)), 0.920),
    (Visits((_AWAY, DELIVERED)), 0.034),
    (Visits((_AWAY, _AWAY, DELIVERED)), 0.008),
    (Visits((_AWAY, _AWAY, _AWAY), "PICKUP"), 0.004),
    (Visits((_AWAY, _AWAY, _AWAY)), 0.005),
    (Visits(("WRONG_RW", DELIVERED), "ROUTE"), 0.006),
    (Visits(("WRONG_RW",)), 0.001),
    (Visits(("MOVED_OUT",)), 0.004),
    (Visits(("DECEASED",)), 0.003),
    (Visits(("ADDRESS_NOT_FOUND", DELIVERED)), 0.004),
    (Visits(("REFUSED", DELIVERED)), 0.002),
    (Visits(("OLD_CARD_NOT_SURRENDERED", DELIVERED)), 0.004),
    (Visits(("RECEIVER_NOT_ELIGIBLE", DELIVERED)), 0.003),
    (Visits(("DATA_ERROR_ON_CARD",)), 0.002),
)
"""About the shares of a district that delivered 127,601 of 130,402 (domain notes, section 5)."""

RECEIVERS: Sequence[tuple[str, float]] = (
    ("APPLICANT", 0.70),
    ("FAMILY_CARD_MEMBER", 0.27),
    ("MANDATE_HOLDER", 0.03),
)

OLD_CARD = {"BARU": "NONE_HELD", "HILANG": "POLICE_LETTER"}
"""By reason; with any other the old document is taken back at the door."""


@dataclass(frozen=True, slots=True)
class Fate:
    """One application's whole story, decided before it begins."""

    course: Course
    visits: Visits
    receiver: str
    old_card: str
    route: Ward | None
    new_address: str


class Fates:
    """Deals the stories out."""

    def __init__(self, seed: int, wards: Sequence[Ward]) -> None:
        self._dice = Dice(seed, "fates")
        self._wards = [ward for ward in wards if ward.covered]
        self._courses, self._visits, self._receivers = Deck(COURSES), Deck(VISITS), Deck(RECEIVERS)

    def deal(self, kind: str, reason: str) -> Fate:
        """The story of the next application."""
        course, visits = self._courses.deal(), self._visits.deal()
        if course.cancel == "QUEUED" and kind != "KTP_EL":
            course = Course(CLEARED, cancel="PRINTED")  # plain paper never waits in the queue
        return Fate(
            course=course,
            visits=visits,
            receiver=self._receivers.deal(),
            old_card=OLD_CARD.get(reason, "TAKEN"),
            route=self._dice.pick(self._wards) if visits.ending == "ROUTE" else None,
            new_address=street_address(self._dice) if course.correct else "",
        )
