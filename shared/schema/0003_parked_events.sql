-- migrate:up

-- Marked by a person, or at a start for a release that may have mended the cause: to be tried once more.
alter table parked add column retry boolean not null default false;

-- What people did with parked records, kept when the record itself is gone.
create table parked_action (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    who text not null,
    action text not null,
    reason text not null,
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    key text,
    version bigint,
    code text not null
);

-- Streams whose writer came back with another history: nothing of them is applied until a person has decided.
create table stopped_stream (
    topic text primary key,
    key text not null,
    version bigint not null,
    applied_event uuid not null,
    found_event uuid not null,
    at timestamptz not null default now()
);

-- Events of a rewritten history that their writer has said again under a free version: never to be applied themselves.
create table settled_event (
    event_id uuid primary key
);

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
