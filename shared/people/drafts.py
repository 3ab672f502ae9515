"""What somebody has sent is kept for them, sealed: until they have signed in again, or for the way back."""

from collections.abc import Mapping
from typing import Any, Final
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
        sent = [(name, value) for name, value in (await request.form()).multi_items() if name != FIELD]
        content = {
            "path": request.url.path,
            "fields": [(name, value) for name, value in sent if isinstance(value, str)],
            # A browser sends a file's field also when none was chosen.
            "files": sorted({name for name, value in sent if not isinstance(value, str) and value.filename}),
        }
        return f"{self._resume}/{await self.hold(request.app.state.db, content, person)}"

    async def hold(self, db: Database, content: Mapping[str, Any], person: Person) -> UUID:
        """Keep something of this person; returns the id by which they have it again."""
        id_: UUID = uuid4()
        sealed = self._seal.close("draft", {**content, "whose": person.subject}, KEPT_SECONDS)
        async with db.transaction() as tx:
            await tx.conn.execute("insert into draft (id, sealed) values ($1, $2)", id_, sealed)
            await tx.conn.execute("delete from draft where at < now() - make_interval(secs => $1)", KEPT_SECONDS)
        return id_

    async def of(self, db: Database, id_: UUID, person: Person) -> dict[str, Any] | None:
        """What was kept: of a form its path, fields and names of files; None when it is another's or has ended.

        It may be looked at again, by the browser's *back*: all showings of it act once.
        """
        async with db.reading() as conn:
            sealed = await conn.fetchval("select sealed from draft where id = $1", id_)
        content = self._seal.open("draft", sealed)
        return content if content is not None and content["whose"] == person.subject else None
