"""Two officers on one case: the second is told what the first has changed, and overwrites nothing."""

import json
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.intake.vault import Vault
from shared.clock import WIB
from shared.http.problems import Problem
from shared.sentence import Sentence

CHANGED = "changed-meanwhile"


class Difference(NamedTuple):
    """A field that somebody has changed; None was or is empty."""

    field: str
    before: str | None
    after: str | None


def must_be_seen(row: asyncpg.Record, seen: int | None) -> None:
    """Go on only if the officer saw the case (its columns) as it is; None: was not asked.

    Raises:
        Problem: 409, who changed it and when; or that the form is none of ours.
    """
    if seen is None or seen == row["revision"]:
        return
    if seen < 0 or row["revised_at"] is None:
        raise Problem(409, "not-seen", "Formulir ini tidak lengkap. Buka halaman permohonan sekali lagi.")
    at = row["revised_at"].astimezone(WIB)
    sentence = Sentence(
        "%(name)s mengubah data ini %(time)s. Lihat bedanya.",
        name=row["revised_by"],
        time=f"{at.hour:02}.{at.minute:02}",
    )
    raise Problem(409, CHANGED, sentence)


def about_correction(application_id: UUID, revision: int) -> bytes:
    """What before and after of a correction are sealed as."""
    return application_id.bytes + b"correction" + revision.to_bytes(4)


def differences(vault: Vault, corrections: Sequence[asyncpg.Record]) -> list[Difference]:
    """What the corrections changed, field by field from the first before to the last after; erased ones say nothing."""
    found: dict[str, Difference] = {}
    for row in corrections:
        if row["changed_sealed"] is None:
            continue
        about = about_correction(row["application_id"], row["revision"])
        for field, (before, after) in json.loads(vault.open(about, row["changed_sealed"])).items():
            earlier = found.get(field)
            found[field] = Difference(field, earlier.before if earlier else before, after)
    return [found[field] for field in sorted(found)]
