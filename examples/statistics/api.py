"""What the statistics service tells over HTTP."""

from fastapi import APIRouter

from examples.statistics import store
from shared.http.app import Db

router = APIRouter(tags=["statistics"])


@router.get("/statistics")
async def counts(db: Db) -> dict[str, int]:
    """Of how many keys each event was heard."""
    async with db.reading() as conn:
        return await store.counts(conn)
