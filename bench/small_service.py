"""A service as small as one can be, run by the same code as the real ones: it notes an effect and says one thing.

`python -m bench.small_service NAME` with the settings that every service needs; NAME is a link of the
chain printing → dispatch → notify.
"""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from uuid_utils.compat import uuid7

from bench.facts import assigned, sent
from bench.reading import keys
from shared.events.base import Event
from shared.events.dispatch import DeliveryAssigned
from shared.events.intake import ApplicationRecorded, Reason
from shared.events.printing import DocumentPrinted
from shared.messaging import Consumer, Received, Transaction
from shared.service import Parts, run
from shared.settings import ServiceSettings
from shared.web.site import Site

_NOW = datetime.now(UTC)


def recorded() -> ApplicationRecorded:
    """What the chain begins with: a new application."""
    return ApplicationRecorded(
        application_id=uuid7(),
        document_kind="KTP_EL",
        document_name="KTP-el",
        reason=next(iter(Reason)),
        kelurahan_code="32.75.01.1001",
        rw="001",
        recorded_at=_NOW,
    )


def printed(cause: ApplicationRecorded) -> DocumentPrinted:
    """Its document exists."""
    return DocumentPrinted(
        application_id=cause.application_id,
        document_kind=cause.document_kind,
        site="DINAS",
        blank_kind="KTP_EL",
        serial=None,
        run_id=cause.application_id,
        kelurahan_code=cause.kelurahan_code,
        rw=cause.rw,
        printed_at=_NOW,
    )


def given(cause: DocumentPrinted) -> DeliveryAssigned:
    """Somebody will bring it."""
    return assigned().model_copy(update={"application_id": cause.application_id})


LINKS: dict[str, tuple[type[Event], Callable[[Any], Event]]] = {
    "printing": (ApplicationRecorded, printed),
    "dispatch": (DocumentPrinted, given),
    "notify": (DeliveryAssigned, sent),
}
"""By service: what it hears, and what it says when it has."""


def consumer(name: str) -> Consumer:
    """The consumer of a link."""
    heard, said = LINKS[name]
    link = Consumer(name)

    @link.on_many(heard)
    async def effect(events: Sequence[Received[Any]], tx: Transaction) -> None:
        await tx.conn.execute("insert into effect (key) select * from unnest($1::text[])", keys(events))
        tx.announce(*(said(received.event) for received in events))

    return link


if __name__ == "__main__":
    settings = ServiceSettings()
    run(Parts(sys.argv[1], settings, consumer(sys.argv[1]), routers=(), access={}, site=Site(settings, "/small")))
