"""One case: what it says, where it stands and why, what happened, and what can be done now."""

from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Request, Response

from services.intake.api.desk import AtCounter, Counter
from services.intake.domain import ENDED, State
from services.intake.nik import mask
from services.intake.pages import case_words
from services.intake.pages.history import history, waits_for
from services.intake.pages.wording import REASONS, STATES
from services.intake.phone import as_dialled
from services.intake.resting import must_not_rest
from services.intake.steps import Act, refusal
from services.intake.store import cases, reference
from shared.clock import WIB
from shared.events.intake import Reason
from shared.events.regions import kelurahan_by_code
from shared.http.app import Db
from shared.http.problems import Problem
from shared.messaging.transaction import Connection
from shared.people import AtDoor, Role, Visit
from shared.sentence import Sentence
from shared.web.language import language_of
from shared.web.site import Site

PREFIX: Final = "/loket/permohonan"

router = APIRouter(prefix=PREFIX, include_in_schema=False)


def today() -> date:
    """The day in the city."""
    return datetime.now(WIB).date()


def address_of(office_number: str) -> str:
    """The page of the case with this number: KTP/2026/11/000123 is written with dashes there."""
    return f"{PREFIX}/{office_number.replace('/', '-')}"


async def case_of(conn: Connection, number: str, visit: Visit) -> asyncpg.Record:
    """The case whose number, as an address has it, or id this is.

    Raises:
        Problem: 404; 403 when it is not the visitor's or its data rest.
    """
    row = await cases.by_id(conn, id_) if (id_ := _id(number)) else await cases.by_number(
        conn, number.upper().replace("-", "/")
    )  # fmt: skip
    if row is None:
        raise Problem(404, "not-found", Sentence("Permohonan tidak ditemukan."))
    visit.must_reach(row["kelurahan_code"], row["rw"])
    must_not_rest(row, visit)
    return row


def _id(number: str) -> UUID | None:
    try:
        return UUID(number) if len(number) == 36 else None
    except ValueError:
        return None


@router.get("/{number}")
async def show(number: str, request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> Response:
    """The case; to look at it is noted."""
    async with db.transaction() as tx:
        row = await case_of(tx.conn, number, visit)
        await visit.note(tx.conn, "looked", row["id"])
        page = CasePage(request, counter, visit, await kind_names(tx.conn, request))
        return await page.show(tx.conn, row)


async def kind_names(conn: Connection, request: Request) -> dict[str, str]:
    """The names of the document kinds by code, in the reader's language."""
    kinds = sorted(await reference.document_kinds(conn), key=lambda kind: kind.valid_from)
    return {kind.code: kind.name_en if language_of(request) == "en" else kind.name_id for kind in kinds}


class CasePage:
    """Renders the pages of a case for one visitor."""

    def __init__(self, request: Request, counter: Counter, visit: Visit, kinds: dict[str, str]) -> None:
        self.request = request
        self._counter = counter
        self._visit = visit
        self._kinds = kinds
        self.site: Site = request.app.state.site

    def say(self, sentence: str, **values: object) -> str:
        """The sentence in the reader's language."""
        return self.site.say(self.request, sentence, **values)

    async def show(self, conn: Connection, row: asyncpg.Record) -> Response:
        """The case itself."""
        id_ = row["id"]
        words, corrections = await cases.words(conn, id_), await cases.corrections(conn, id_)
        happened = history(row, words, corrections, await cases.steps(conn, id_), self.say)
        before = await cases.number_of(conn, row["continues"]) if row["continues"] else None
        return self.page(
            "case.html",
            row,
            waits=waits_for(row, self.say),
            history=happened,
            others=[other for other in await cases.others_of_household(conn, row["household_id"], id_)
                    if self._visit.person.reaches(other["kelurahan_code"], other["rw"])],
            offered=self.offered(row),
            before=before,
            notes_centre=self._notes_centre(State(row["state"])),
            after=await cases.successor(conn, id_),
        )  # fmt: skip

    def offered(self, row: asyncpg.Record) -> list[case_words.Step]:
        """The steps that this visitor may take now."""
        person, day = self._visit.person, today()
        return [
            step
            for act, step in case_words.STEPS.items()
            if not person.roles.isdisjoint(step.roles) and refusal(act, row, day) is None
        ]

    def _notes_centre(self, state: State) -> bool:
        # The page for it is of those who work for the whole city.
        visit = self._visit
        return state not in ENDED and visit.is_a(Role.VERIFIER) and visit.is_everywhere(self._counter.city)

    def page(self, template: str, row: asyncpg.Record, status: int = 200, **values: Any) -> Response:
        """A page about the case; it knows its facts, with the numbers masked."""
        return self.site.page(
            template,
            status,
            request=self.request,
            row=row,
            phone=row["phone"] and as_dialled(row["phone"]),
            here=address_of(row["office_number"]),
            address_of=address_of,
            kind=self._kinds.get(row["document_kind"], row["document_kind"]),
            kinds=self._kinds,
            reason=REASONS[Reason(row["reason"])],
            tag=STATES,
            place=kelurahan_by_code().get(row["kelurahan_code"]),
            **self._masked(row),
            **values,
        )

    def _masked(self, row: asyncpg.Record) -> dict[str, Any]:
        if not row["identity_sealed"]:
            return {"nik": None, "kk": None, "doubts": []}
        identity = self._counter.vault.unseal(row["id"], row["identity_sealed"])
        doubts = [self.say(case_words.doubt(text.partition(":")[2])) for text in row["doubts"].split()]
        return {"nik": mask(identity.nik) if identity.nik else None, "kk": mask(identity.kk), "doubts": doubts}


async def _at_case(request: Request, db: Db, counter: AtCounter, visit: AtDoor) -> CasePage:
    async with db.reading() as conn:
        return CasePage(request, counter, visit, await kind_names(conn, request))


AtCase = Annotated[CasePage, Depends(_at_case)]
"""A route's parameter: renders pages of a case."""


def must_be_possible(act: Act, row: asyncpg.Record) -> None:
    """Go on only if the step is possible now.

    Raises:
        Problem: 409 with the reason.
    """
    if no := refusal(act, row, today()):
        raise Problem(409, no.code, no.sentence, state=row["state"])
