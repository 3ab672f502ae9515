"""For machines and the office: the message log and the counts of the report."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from services.notify.domain import Facts, state_of
from services.notify.store import messages as store
from services.notify.store import tracking
from services.notify.texts import Texts
from shared.http.app import Db
from shared.messaging.transaction import Connection
from shared.people import AtDoor

router = APIRouter()


class LoggedMessage(BaseModel):
    """A line of the log. `to` shows enough of the address to recognise it; `text` leaves the code out."""

    id: int
    message_id: UUID
    application_id: UUID
    milestone: str
    ordinal: int
    state: str
    channel: str | None
    reason: str | None
    attempts: int
    to: str | None
    text: str
    raised_at: datetime
    ended_at: datetime | None


class LogPage(BaseModel):
    """Lines in order; `next` is the `after` of the next page, None at the end."""

    messages: list[LoggedMessage]
    next: int | None


class Summary(BaseModel):
    """`by_state` counts applications, the rest messages."""

    by_state: dict[str, int]
    messages_by_milestone: dict[str, int]
    messages_by_state: dict[str, int]


def _texts(request: Request) -> Texts:
    texts: Texts = request.app.state.texts
    return texts


def _city(request: Request) -> str:
    city: str = request.app.state.city
    return city


@router.get("/messages")
async def messages(
    db: Db,
    visit: AtDoor,
    city: Annotated[str, Depends(_city)],
    texts: Annotated[Texts, Depends(_texts)],
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> LogPage:
    """The log of the whole city, oldest first; an application's place is not known here."""
    visit.must_be_everywhere(city)
    async with db.transaction() as tx:
        rows = await store.log_page(tx.conn, after, limit)
        await visit.note(tx.conn, "looked-at-messages", after=after, lines=len(rows))
    lines = [
        LoggedMessage(
            **{name: row[name] for name in LoggedMessage.model_fields if name not in ("to", "text")},
            to=mask(row["phone"] or row["email"]),
            text=texts.write(row["milestone"], row["ordinal"], dict(row)),
        )
        for row in rows
    ]
    return LogPage(messages=lines, next=lines[-1].id if len(lines) == limit else None)


@router.get("/summary")
async def summary(db: Db) -> Summary:
    """The counts of the report."""
    async with db.reading() as conn:
        return await counts(conn)


async def counts(conn: Connection) -> Summary:
    """How many applications stand where, and what became of the messages."""
    by_state: Counter[str] = Counter()
    for row in await tracking.count_by_facts(conn):
        facts: dict[str, Any] = dict(row)
        n = facts.pop("n")
        by_state[state_of(Facts(**facts))] += n
    by_milestone: Counter[str] = Counter()
    by_message_state: Counter[str] = Counter()
    for row in await store.count(conn):
        by_milestone[row["milestone"]] += row["n"]
        by_message_state[row["state"]] += row["n"]
    return Summary(by_state=by_state, messages_by_milestone=by_milestone, messages_by_state=by_message_state)


def mask(address: str | None) -> str | None:
    """0812****90 of +6281234567890; a****@example.org of an e-mail address."""
    if address is None:
        return None
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:1]}****@{domain}"
    national = "0" + address.removeprefix("+62")
    return f"{national[:4]}****{national[-2:]}"
