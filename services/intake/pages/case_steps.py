"""The steps of a case: each has a page that says what follows from it, and acts when that page is sent."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from services.intake import casework, recording
from services.intake.api.desk import AtCounter, Counter
from services.intake.casework import Case
from services.intake.domain import State
from services.intake.pages import case_words
from services.intake.pages.case import PREFIX, AtCase, CasePage, address_of, case_of, must_be_possible, today
from services.intake.seen import CHANGED, differences
from services.intake.steps import Act
from services.intake.store import cases
from services.intake.suket import renewed_until
from shared.events.intake import CancelReason, Missing, RejectReason
from shared.http.app import Db
from shared.http.problems import Problem
from shared.messaging.transaction import Connection, Transaction
from shared.people import AtDoor, Visit
from shared.people.acting import once_form

router = APIRouter(prefix=PREFIX, include_in_schema=False)

Do = Callable[[Transaction, Counter, Case, FormData, Visit], Awaitable[str | None]]
"""Takes the step; returns the number of another case to go to, if it made one."""


async def _cancel(tx: Transaction, _: Counter, case: Case, form: FormData, visit: Visit) -> None:
    reason = _chosen(CancelReason, form)
    await recording.cancel(tx, case.id, reason, visit, seen=case.seen)


async def _return(tx: Transaction, _: Counter, case: Case, form: FormData, visit: Visit) -> None:
    missing = [code for code in Missing if code in form.getlist("kurang")]
    await casework.return_for_completion(tx, case, missing, visit)


async def _complete(tx: Transaction, _: Counter, case: Case, __: FormData, visit: Visit) -> None:
    await casework.complete(tx, case, visit)


async def _verify(tx: Transaction, _: Counter, case: Case, __: FormData, visit: Visit) -> None:
    await casework.verify(tx, case, visit)


async def _reject(tx: Transaction, _: Counter, case: Case, form: FormData, visit: Visit) -> None:
    await casework.reject(tx, case, _chosen(RejectReason, form), visit)


async def _renew(tx: Transaction, _: Counter, case: Case, __: FormData, visit: Visit) -> None:
    await casework.renew_suket(tx, case, visit)


async def _reopen(tx: Transaction, counter: Counter, case: Case, _: FormData, visit: Visit) -> str:
    return await casework.reopen(tx, counter.vault, case, visit)


_DOES: Final[dict[Act, Do]] = {
    Act.CANCEL: _cancel,
    Act.RETURN: _return,
    Act.COMPLETE: _complete,
    Act.VERIFY: _verify,
    Act.REJECT: _reject,
    Act.RENEW_SUKET: _renew,
    Act.REOPEN: _reopen,
}
_CHOICES: Final[dict[Act, dict[Any, Any]]] = {
    Act.CANCEL: dict(case_words.CANCEL_REASONS),
    Act.REJECT: dict(case_words.REJECT_REASONS),
    Act.RETURN: dict(case_words.MISSING),
}


def _chosen(codes: Any, form: FormData) -> Any:
    try:
        return codes(str(form.get("alasan", "")))
    except ValueError:
        raise Problem(422, "reason-missing", "Pilih alasannya.") from None


def seen_in(form: FormData) -> int:
    """The revision that the form was made for; one that is not ours was made for none."""
    text = str(form.get("seen", ""))
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _routes(act: Act, do: Do) -> None:
    step = case_words.STEPS[act]

    @router.get(f"/{{number}}/{step.path}", name=f"ask-{step.path}")
    async def ask(number: str, db: Db, visit: AtDoor, page: AtCase) -> Response:
        async with db.transaction() as tx:
            row = await case_of(tx.conn, number, visit)
            must_be_possible(act, row)
            await visit.note(tx.conn, "looked", row["id"], step=step.path)
        return _form(page, act, row, row["revision"])

    @router.post(f"/{{number}}/{step.path}", name=f"do-{step.path}")
    async def take(number: str, request: Request, db: Db, counter: AtCounter, visit: AtDoor, page: AtCase) -> Response:
        form = await request.form()
        async with db.reading() as conn:
            row = await case_of(conn, number, visit)

        async def work(tx: Transaction) -> str:
            other = await do(tx, counter, Case(row["id"], seen_in(form)), form, visit)
            return address_of(other or row["office_number"])

        try:
            return await once_form(db, request, visit, work)
        except Problem as refusal:
            if refusal.code == CHANGED:
                async with db.reading() as conn:
                    return await changed(page, conn, counter, row["id"], seen_in(form), refusal)
            if refusal.status_code == 422 and act in _CHOICES:
                return _form(page, act, row, seen_in(form), refusal)
            raise


for _act, _do in _DOES.items():
    _routes(_act, _do)


def _form(page: CasePage, act: Act, row: asyncpg.Record, seen: int, refused: Problem | None = None) -> Response:
    options = [(str(code), page.say(sentence)) for code, sentence in _CHOICES.get(act, {}).items()]
    field = "kurang" if act is Act.RETURN else "alasan"
    return page.page(
        "case_step.html",
        row,
        refused.status_code if refused else 200,
        act=act,
        seen=seen,
        step=case_words.STEPS[act],
        also=case_words.CANCELLING.get(State(row["state"])) if act is Act.CANCEL else None,
        options=options,
        until=renewed_until(row["suket_expires_on"], today()),
        faults={field: page.say(refused.title)} if refused else {},
    )


async def changed(
    page: CasePage, conn: Connection, counter: Counter, id_: UUID, seen: int, refusal: Problem, **values: Any
) -> Response:
    """What somebody else has changed since the officer saw the case."""
    row = await cases.by_id(conn, id_)
    assert row is not None
    found = differences(counter.vault, await cases.corrections(conn, id_, seen))
    return page.page(
        "case_changed.html", row, 409, refusal=refusal, differences=found, fields=case_words.FIELDS,
        shown=case_words.shown, **{"yours": {}, **values},
    )  # fmt: skip
