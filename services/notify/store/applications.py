"""What intake says of an application and of how to reach the one it is for."""

from collections.abc import Sequence
from uuid import UUID

from shared.events.intake import (
    ApplicationCancelled,
    ApplicationClearedForPrint,
    ApplicationClosed,
    ApplicationCorrected,
    ApplicationMadeComplete,
    ApplicationRecorded,
    ApplicationRejected,
    ApplicationReturnedForCompletion,
    CancelReason,
    CentralStatusObserved,
    RecipientRegistered,
)
from shared.messaging.transaction import Connection


async def record(conn: Connection, events: Sequence[ApplicationRecorded]) -> None:
    """The application exists; at most one event an application, as in every function here."""
    await conn.execute(
        """
        insert into application (application_id, document_kind, document_name, kelurahan_code, rw, recorded_at)
        select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
        on conflict (application_id) do update
        set document_kind = excluded.document_kind, document_name = excluded.document_name,
            kelurahan_code = excluded.kelurahan_code, rw = excluded.rw, recorded_at = excluded.recorded_at
        """,
        [e.application_id for e in events],
        [e.document_kind for e in events],
        [e.document_name for e in events],
        [e.kelurahan_code for e in events],
        [e.rw for e in events],
        [e.recorded_at for e in events],
    )


async def correct(conn: Connection, events: Sequence[ApplicationCorrected]) -> None:
    """The place may have changed."""
    await conn.execute(
        """
        update application a set kelurahan_code = n.kelurahan_code, rw = n.rw
        from unnest($1::uuid[], $2::text[], $3::text[]) as n (application_id, kelurahan_code, rw)
        where a.application_id = n.application_id
        """,
        [e.application_id for e in events],
        [e.kelurahan_code for e in events],
        [e.rw for e in events],
    )


async def wait_for_completion(conn: Connection, events: Sequence[ApplicationReturnedForCompletion]) -> None:
    """Something is missing. Codes are joined with commas on the way: an array of arrays must not be ragged."""
    await conn.execute(
        """
        insert into application (application_id, missing, missing_at)
        select application_id, coalesce(string_to_array(nullif(missing, ''), ','), '{}'), at
        from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as n (application_id, missing, at)
        on conflict (application_id) do update set missing = excluded.missing, missing_at = excluded.missing_at
        """,
        [e.application_id for e in events],
        [",".join(e.missing) for e in events],
        [e.returned_at for e in events],
    )


async def complete(conn: Connection, events: Sequence[ApplicationMadeComplete]) -> None:
    """Nothing is missing any more."""
    await conn.execute(
        "update application set missing = '{}', missing_at = null where application_id = any($1::uuid[])",
        [e.application_id for e in events],
    )


async def reject(conn: Connection, events: Sequence[ApplicationRejected]) -> None:
    """It was refused."""
    await conn.execute(
        """
        insert into application (application_id, reject_reason, rejected_at)
        select * from unnest($1::uuid[], $2::text[], $3::timestamptz[])
        on conflict (application_id) do update
        set reject_reason = excluded.reject_reason, rejected_at = excluded.rejected_at
        """,
        [e.application_id for e in events],
        [e.reason for e in events],
        [e.rejected_at for e in events],
    )


async def mirror(conn: Connection, events: Sequence[CentralStatusObserved]) -> None:
    """The ministry's latest word."""
    await conn.execute(
        """
        insert into application (application_id, central_word, central_at)
        select * from unnest($1::uuid[], $2::text[], $3::timestamptz[])
        on conflict (application_id) do update
        set central_word = excluded.central_word, central_at = excluded.central_at
        """,
        [e.application_id for e in events],
        [e.word for e in events],
        [e.observed_at for e in events],
    )


async def clear(conn: Connection, events: Sequence[ApplicationClearedForPrint]) -> None:
    """It may be printed."""
    await conn.execute(
        """
        insert into application (application_id, needs_blank, cleared_at)
        select * from unnest($1::uuid[], $2::boolean[], $3::timestamptz[])
        on conflict (application_id) do update
        set needs_blank = excluded.needs_blank, cleared_at = excluded.cleared_at
        """,
        [e.application_id for e in events],
        [e.blank_kind is not None for e in events],
        [e.cleared_at for e in events],
    )


async def cancel(conn: Connection, events: Sequence[ApplicationCancelled]) -> None:
    """It ended without a document; after a death nothing is sent."""
    await conn.execute(
        """
        insert into application as a (application_id, cancel_reason, cancelled_at, silent)
        select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::boolean[])
        on conflict (application_id) do update
        set cancel_reason = excluded.cancel_reason, cancelled_at = excluded.cancelled_at,
            silent = a.silent or excluded.silent
        """,
        [e.application_id for e in events],
        [e.reason for e in events],
        [e.cancelled_at for e in events],
        [e.reason == CancelReason.DECEASED for e in events],
    )


async def close(conn: Connection, events: Sequence[ApplicationClosed]) -> None:
    """It reached its end."""
    await conn.execute(
        """
        insert into application (application_id, closed_at)
        select * from unnest($1::uuid[], $2::timestamptz[])
        on conflict (application_id) do update set closed_at = excluded.closed_at
        """,
        [e.application_id for e in events],
        [e.closed_at for e in events],
    )


async def reach(conn: Connection, codes: Sequence[str], events: Sequence[RecipientRegistered]) -> None:
    """How to reach the recipient, and by which code (one in `codes` for each event) the page is found."""
    await conn.execute(
        """
        insert into application (application_id, tracking_code, phone, email)
        select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
        on conflict (application_id) do update
        set tracking_code = excluded.tracking_code, phone = excluded.phone, email = excluded.email
        """,
        [e.application_id for e in events],
        codes,
        [e.phone for e in events],
        [e.email for e in events],
    )


async def forget(conn: Connection, application_ids: Sequence[UUID]) -> None:
    """The recipient was erased: no address is left, and the code opens nothing."""
    await conn.execute(
        """
        update application set tracking_code = null, phone = null, email = null where application_id = any($1::uuid[])
        """,
        application_ids,
    )
