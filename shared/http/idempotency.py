"""The same request sent twice acts once: the first answer is kept in the same transaction as its effects."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Header, Request
from fastapi.responses import Response

from shared.http.problems import Problem
from shared.messaging.transaction import Database, Transaction

IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=200)]
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
    operation = f"{request.method} {request.scope['route'].path}"
    # Of the same person: another one's answer would tell what is none of their business.
    who = request.state.visit.anyone
    parts = (key.encode(), request.url.path.encode(), (who.subject if who else "").encode(), await request.body())
    digest = hashlib.sha256(b"\0".join(parts)).digest()
    async with db.transaction() as tx:
        claimed = await tx.conn.fetchval(
            """
            insert into idempotent_request (operation, key, digest) values ($1, $2, $3)
            on conflict do nothing returning true
            """,
            operation,
            key,
            digest,
        )
        if not claimed:
            return await _earlier_answer(tx, operation, key, digest)
        status, body = await work(tx)
        content = json.dumps(body, default=str, ensure_ascii=False).encode()
        await tx.conn.execute(
            "update idempotent_request set status = $3, body = $4 where operation = $1 and key = $2",
            operation,
            key,
            status,
            content,
        )
    return Response(content, status, media_type="application/json")


async def forget_old_answers(db: Database) -> bool:
    """Delete answers that no client can still be waiting for; they may name what was erased since. A worker's step."""
    async with db.transaction() as tx:
        await tx.conn.execute("delete from idempotent_request where at < now() - $1::interval", KEPT)
    return False


async def _earlier_answer(tx: Transaction, operation: str, key: str, digest: bytes) -> Response:
    row = await tx.conn.fetchrow(
        "select digest, status, body from idempotent_request where operation = $1 and key = $2", operation, key
    )
    assert row is not None
    if row["digest"] != digest:
        raise Problem(
            422, "idempotency-key-reused", "Idempotency-Key ini sudah dipakai untuk permintaan lain. Pakai kunci baru."
        )
    return Response(row["body"], row["status"], {REPLAY: "true"}, media_type="application/json")
