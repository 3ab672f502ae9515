-- migrate:up

alter table application
    -- Since when its person's data rest here: shown to nobody but those who look after these rights.
    add column restricted_at timestamptz,
    -- Since when nothing of its person is left here; the case itself stays for the office's books.
    add column erased_at timestamptz;

-- What has ended and still says whose it was, the oldest first: for the day when it may no longer be kept.
create index application_to_forget on application (coalesce(completed_at, cancelled_at, rejected_at), id)
    where state in ('CLOSED', 'CANCELLED', 'REJECTED') and erased_at is null;

-- A person's rows in files are looked for by what they say, so that comes first; the new one before the old one goes.
create unique index import_row_once on import_row (fingerprint, import_id);
alter table import_row drop constraint import_row_import_id_fingerprint_key;

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
