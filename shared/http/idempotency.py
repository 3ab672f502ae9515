"""The same request sent twice acts once: the first answer is kept in the same transaction as its effects."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, NamedTuple

from fastapi import Header, Request
from fastapi.responses import Response
from pydantic_core import to_json

from shared.http.problems import Problem
from shared.messaging.transaction import Database, Transaction

KEY_HEADER = "Idempotency-Key"

IdempotencyKey = Annotated[str, Header(alias=KEY_HEADER, min_length=8, max_length=200)]
"""The client's own name for this request; the same name means the same request."""

REPLAY = "Idempotent-Replay"
"""The header of an answer that was given before."""

KEPT = timedelta(days=7)
"""How long a request may be sent again and get its first answer: a courier's phone may be off for days."""

Work = Callable[[Transaction], Awaitable[tuple[int, Any]]]
"""What the request does: gets the transaction, returns status and a body that JSON can hold."""


async def once(db: Database, request: Request, key: str, work: Work) -> Response:
    """Run `work` unless this key was answered before; then give that answer again, marked by `REPLAY`.

    A refusal (`Problem`) is not kept: nothing happened, so the client may mend and send again. Two at the
    same moment: the second waits for the first.

    Raises:
        Problem: 422 when the key was used for a request with other contents.
    """
    async with db.transaction() as tx:
        earlier = await claim(tx, request, key)
        if earlier is not None:
            return Response(earlier.body, earlier.status, {REPLAY: "true"}, media_type="application/json")
        status, body = await work(tx)
        content = to_json(body)  # as routes that answer by themselves write it: moments in ISO 8601
        await settle(tx, request, key, status, content)
    return Response(content, status, media_type="application/json")


class Answer(NamedTuple):
    """What was answered when the request came for the first time."""

    status: int
    body: bytes


async def claim(tx: Transaction, request: Request, key: str) -> Answer | None:
    """Take the key for this request, in its transaction; the earlier answer when it was taken before.

    Raises:
        Problem: 422 when the key was used for a request with other contents.
    """
    digest = await _digest(request, key)
    claimed = await tx.conn.fetchval(
        """
        insert into idempotent_request (operation, key, digest) values ($1, $2, $3)
        on conflict do nothing returning true
        """,
        _operation(request),
        key,
        digest,
    )
    if claimed:
        return None
    row = await tx.conn.fetchrow(
        "select digest, status, body from idempotent_request where operation = $1 and key = $2",
        _operation(request),
        key,
    )
    assert row is not None
    if row["digest"] != digest:
        raise Problem(422, "idempotency-key-reused", "Permintaan ini sudah pernah dikirim dengan isi lain. Mulai baru.")
    return Answer(row["status"], row["body"])


async def settle(tx: Transaction, request: Request, key: str, status: int, body: bytes) -> None:
    """Keep the answer under the claimed key, in the transaction of the effects."""
    await tx.conn.execute(
        "update idempotent_request set status = $3, body = $4 where operation = $1 and key = $2",
        _operation(request),
        key,
        status,
        body,
    )


async def forget_old_answers(db: Database) -> bool:
    """Delete answers that no client can still be waiting for; they may name what was erased since. A worker's step."""
    async with db.transaction() as tx:
        await tx.conn.execute("delete from idempotent_request where at < now() - $1::interval", KEPT)
    return False


def _operation(request: Request) -> str:
    return f"{request.method} {request.scope['route'].path}"


async def _digest(request: Request, key: str) -> bytes:
    # Of the same person: another one's answer would tell what is none of their business.
    who = request.state.visit.anyone
    parts = (key.encode(), request.url.path.encode(), (who.subject if who else "").encode(), await _contents(request))
    return hashlib.sha256(b"\0".join(parts)).digest()


async def _contents(request: Request) -> bytes:
    if request.headers.get("content-type", "").startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        # Read as a form before, so that its bytes are gone; its fields are the same each time.
        return repr([(name, str(value)) for name, value in (await request.form()).multi_items()]).encode()
    return await request.body()
