"""The only personal data of citizens in dispatch: who opens the door, and where it is."""

from collections.abc import Sequence
from uuid import UUID

from services.dispatch.wording import short_name
from shared.events.intake import RecipientRegistered
from shared.messaging.transaction import Connection


async def keep_recipients(conn: Connection, recipients: Sequence[RecipientRegistered]) -> None:
    """Keep what the courier needs of each recipient, one per application, in place of what was known."""
    await conn.execute(
        """
        insert into recipient
            (application_id, household_id, office_number, short_name, nik_masked, phone, address, landmark, rt,
             registered_at)
        select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::text[], $10::timestamptz[])
        on conflict (application_id) do update set
            household_id = excluded.household_id, office_number = excluded.office_number,
            short_name = excluded.short_name, nik_masked = excluded.nik_masked, phone = excluded.phone,
            address = excluded.address, landmark = excluded.landmark, rt = excluded.rt,
            registered_at = excluded.registered_at
        """,
        [r.application_id for r in recipients],
        [r.household_id for r in recipients],
        [r.office_number for r in recipients],
        [short_name(r.full_name) for r in recipients],
        [r.nik_masked for r in recipients],
        [r.phone for r in recipients],
        [r.address for r in recipients],
        [r.landmark for r in recipients],
        [r.rt for r in recipients],
        [r.registered_at for r in recipients],
    )


async def forget_recipients(conn: Connection, application_ids: Sequence[UUID]) -> None:
    """Remove every trace of these people; their documents' custody stays, without a name."""
    await conn.execute("delete from recipient where application_id = any($1::uuid[])", application_ids)
