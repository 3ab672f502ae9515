"""A form sent twice acts once: the second press is led to where the first one went."""

from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from shared.http.idempotency import REPLAY, claim, settle
from shared.http.problems import Problem
from shared.messaging.transaction import Database, Transaction
from shared.people.forms import FIELD
from shared.people.visit import Visit

Work = Callable[[Transaction], Awaitable[str]]
"""What the form does; returns the path of the page to go to."""


async def once_form(db: Database, request: Request, visit: Visit, work: Work) -> Response:
    """Run `work` unless this showing of the form has acted before; then lead to the same page again.

    What `work` raises is not kept: nothing happened, so the form may be mended and sent again.

    Raises:
        Problem: 403 when a machine sent it; 422 when the form acted before with other contents.
    """
    if visit.session is None:
        raise Problem(403, "form-not-ours", "Formulir ini untuk orang yang masuk di peramban; mesin memakai API.")
    key = str((await request.form())[FIELD])
    async with db.transaction() as tx:
        earlier = await claim(tx, request, key)
        if earlier is not None:
            return RedirectResponse(earlier.body.decode(), 303, {REPLAY: "true"})
        path = await work(tx)
        await settle(tx, request, key, 303, path.encode())
    return RedirectResponse(path, 303)
