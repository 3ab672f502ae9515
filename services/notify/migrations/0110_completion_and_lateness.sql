-- migrate:up

-- What an application lacks while it waits for completion, why it was refused, and of which kind it is.
alter table application
    add column document_kind text,
    add column missing text[] not null default '{}',
    add column missing_at timestamptz,
    add column rejected_at timestamptz,
    add column reject_reason text;

-- Up to which moment everything on the log has been read. One row, or none before this is known.
create table caught_up (
    one boolean primary key default true check (one),
    at timestamptz not null
);

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
