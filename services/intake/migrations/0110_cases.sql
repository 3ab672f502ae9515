-- migrate:up

-- An application may wait for what its applicant still has to bring, and may be refused.
alter table application drop constraint application_state_check;
alter table application add constraint application_state_check check (state in (
    'RECORDED', 'NEEDS_COMPLETION', 'CLEARED', 'PRINTED', 'HANDED_OVER', 'RETURNED', 'CLOSED', 'CANCELLED', 'REJECTED'
));

alter table application
    -- What is missing while it waits for completion, and since when.
    add column missing text[] not null default '{}',
    add column missing_since timestamptz,
    add column rejected_at timestamptz,
    add column reject_reason text,
    -- Somebody has looked at the doubts and found them right.
    add column verified_at timestamptz,
    -- The ended application that this one goes on with.
    add column continues uuid,
    -- How often officers have changed it, who was the last and when: of two on one case the second is told.
    add column revision integer not null default 0,
    add column revised_by text,
    add column revised_at timestamptz,
    -- For which expiry of the suket printing was told that it is near.
    add column suket_told date;

-- The ended ones again, now that there are three ways to end. The new ones first: there is no moment without.
create unique index application_alive on application (person_hash, document_kind)
    where state not in ('CLOSED', 'CANCELLED', 'REJECTED');
create index application_over on application (person_hash, document_kind)
    where state in ('CLOSED', 'CANCELLED', 'REJECTED');
drop index application_live;
drop index application_ended;

-- An application is continued once.
create unique index application_continues on application (continues) where continues is not null;
-- Work queues: the oldest first. What has ended is never walked through for them.
create index application_waiting on application (recorded_at, id)
    where state in ('RECORDED', 'NEEDS_COMPLETION', 'CLEARED');
create index application_suket on application (suket_expires_on, id)
    where suket_expires_on is not null and state in ('RECORDED', 'NEEDS_COMPLETION', 'CLEARED');
-- Any word of a name by its beginning.
create index application_name on application using gin (to_tsvector('simple', full_name));

-- What a correction changed: who made it, and before and after, sealed. Erasing a person empties `changed_sealed`.
alter table correction
    add column who text,
    add column revision integer,
    add column changed_sealed bytea;

-- What officers did to a case besides corrections, with coded details and who did it.
create table step (
    id bigint generated always as identity primary key,
    application_id uuid not null,
    at timestamptz not null,
    act text not null,
    codes text[] not null default '{}',
    who text
);
create index step_application on step (application_id, id);

-- What a file of the ministry's words said, word by word; and what in it did not go with our own record.
create table clearance_word (
    import_id uuid not null,
    word text not null,
    n integer not null,
    primary key (import_id, word)
);
create table clearance_difference (
    import_id uuid not null,
    application_id uuid not null,
    word text not null,
    state text not null,
    primary key (import_id, application_id, word)
);

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
