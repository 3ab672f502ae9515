"""A form that was sent too late is kept, sealed, until its sender has signed in again."""

from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Request
from uuid_utils.compat import uuid4

from shared.messaging.transaction import Database
from shared.people.forms import FIELD
from shared.people.person import Person
from shared.people.sealing import Seal

KEPT_SECONDS: Final = 15 * 60


class Drafts:
    """Keeps the fields; a file that was chosen has to be chosen again. `resume` is the path where forms go on."""

    def __init__(self, seal: Seal, resume: str) -> None:
        self._seal = seal
        self._resume = resume

    async def keep(self, request: Request, person: Person) -> str:
        """Keep what was sent; returns the path where it goes on."""
        fields = [(name, text) for name, text in (await request.form()).multi_items() if isinstance(text, str)]
        content = {
            "whose": person.subject,
            "path": request.url.path,
            "fields": [pair for pair in fields if pair[0] != FIELD],
        }
        id_: UUID = uuid4()
        db: Database = request.app.state.db
        async with db.transaction() as tx:
            await tx.conn.execute(
                "insert into draft (id, sealed) values ($1, $2)", id_, self._seal.close("draft", content, KEPT_SECONDS)
            )
            await tx.conn.execute("delete from draft where at < now() - make_interval(secs => $1)", KEPT_SECONDS)
        return f"{self._resume}/{id_}"

    async def take(self, db: Database, id_: UUID, person: Person) -> dict[str, Any] | None:
        """Path and fields, once; None when it is another's, has ended or was taken."""
        async with db.transaction() as tx:
            sealed = await tx.conn.fetchval("select sealed from draft where id = $1 for update", id_)
            content = self._seal.open("draft", sealed)
            if content is None or content["whose"] != person.subject:
                return None
            await tx.conn.execute("delete from draft where id = $1", id_)
        return content


def local_path(text: str | None) -> str | None:
    """The text if it is a path of this service, so that a sign-in leads to nobody else's page."""
    if not text or not text.startswith("/") or text.startswith(("//", "/\\")) or not text.isprintable():
        return None
    parts = urlsplit(text)
    return None if parts.scheme or parts.netloc or "\\" in text else text
