"""Where a supervisor begins: how many applications stand where, and whether the messages arrive."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from fastapi import APIRouter, Request, Response

from services.notify import api
from services.notify.domain import State
from services.notify.pages import At
from services.notify.words import Words
from shared.http.app import Db
from shared.web.language import language_of

router = APIRouter(prefix="/kabar", include_in_schema=False)

_SENT: Final = ("SENT",)
_UNDER_WAY: Final = ("DUE", "SENDING")


class Line(NamedTuple):
    """How many applications stand in a state, under the words that their applicants read."""

    family: str
    tag: str
    applications: int


@router.get("")
async def overview(request: Request, db: Db, desk: At) -> Response:
    """Counts of the whole city; an application's place is not known here, nor who its applicant is."""
    async with db.reading() as conn:
        counts = await api.counts(conn)
    lines = _lines(counts.by_state, desk.words[language_of(request)])
    messages = counts.messages_by_state
    return desk.site.page(
        "overview.html",
        request=request,
        lines=lines,
        all=sum(line.applications for line in lines),
        needs_somebody=[line for line in lines if line.family == "act"],
        sent=sum(messages.get(state, 0) for state in _SENT),
        under_way=sum(messages.get(state, 0) for state in _UNDER_WAY),
        undeliverable=messages.get("UNDELIVERABLE", 0),
        now=datetime.now(UTC),
    )


def _lines(by_state: dict[str, int], words: Words) -> Sequence[Line]:
    # States that read alike to the applicant are one line; in the order of the way.
    counted: dict[tuple[str, str], int] = {}
    for state in State:
        copy = words.states[state]
        name = copy.family, copy.tag
        counted[name] = counted.get(name, 0) + by_state.get(state, 0)
    return [Line(*name, n) for name, n in counted.items() if n]
