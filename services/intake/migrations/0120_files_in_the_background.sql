-- migrate:up

-- A file may be worked through in the background: it is kept, sealed, until its end. Who sent it, how large it is, how far
-- it was read, and whether somebody stopped it or a fault did.
alter table import
    add column in_background boolean not null default false,
    add column who text,
    add column who_name text,
    add column size bigint,
    add column bytes_done bigint not null default 0,
    -- Keyed hash of its bytes: the same file again is known.
    add column content_hash bytea,
    add column stopped_at timestamptz,
    add column failed_at timestamptz,
    -- The header as it came and what stands between the cells, so that refused rows can be given back as that file.
    add column header text[],
    add column separator text,
    -- The file itself and the rows that were refused are gone from here.
    add column forgotten_at timestamptz;
create unique index import_content on import (purpose, content_hash) where content_hash is not null;
create index import_in_line on import (id) where in_background and finished_at is null;

-- How far a file is, in a word. One that was sent and waited for, has not moved for a minute and is not finished was cut
-- off: it is to be sent again. One in the background goes on by itself.
create function import_state(i import) returns text language sql stable as $$
    select case
        when i.finished_at is not null then 'FINISHED'
        when i.stopped_at is not null then 'STOPPED'
        when i.failed_at is not null then 'FAILED'
        when i.in_background and i.rows = 0 then 'WAITING'
        when i.in_background or i.moved_at > now() - interval '1 minute' then 'RUNNING'
        else 'INTERRUPTED'
    end
$$;

-- The bytes of files that wait or are worked through, compressed and sealed.
create table import_piece (
    import_id uuid not null,
    number integer not null,
    sealed bytea not null,
    primary key (import_id, number)
);
-- What is sealed cannot be made smaller.
alter table import_piece alter column sealed set storage external;

-- A refused row as it came, sealed, until it was had back; and keyed hashes of the numbers in it by which a person is found.
alter table import_refusal
    add column written_sealed bytea,
    add column persons bytea[];
create index import_refusal_person on import_refusal using gin (persons) where written_sealed is not null;

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
