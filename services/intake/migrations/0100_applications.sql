-- migrate:up

-- Which documents the city serves, from when to when, and what each is printed on. A further service is one row.
-- In force on a day is the latest row that has begun, unless it has ended: rows can overlap without doubt.
create table document_kind (
    code text not null check (code ~ '^[A-Z][A-Z0-9_]*$'),
    valid_from date not null,
    valid_to date check (valid_to >= valid_from),
    name_id text not null,
    name_en text not null,
    office_prefix text not null check (office_prefix ~ '^[A-Z][A-Z0-9]*$'),
    -- Empty where plain paper will do.
    blank_kind text check (blank_kind ~ '^[A-Z][A-Z0-9_]*$'),
    -- A newborn has none yet.
    nik_required boolean not null default true,
    -- The central words after which it may be printed.
    clearing_words text[] not null default '{PRR,PRINT_READY_RECORD}',
    primary key (code, valid_from)
);

-- KK and akta went from security paper to white A4 with an electronic signature (TTE) on 1 July 2020 (Permendagri 109/2019).
insert into document_kind (code, valid_from, valid_to, name_id, name_en, office_prefix, blank_kind, nik_required, clearing_words)
values
    ('KTP_EL', '2011-01-01', null, 'KTP-el', 'Identity card', 'KTP', 'KTP_EL', true, '{PRR,PRINT_READY_RECORD}'),
    ('KK', '2006-01-01', '2020-06-30', 'Kartu Keluarga', 'Family card', 'KK', 'SECURITY_PAPER', true, '{PRR,TTE,SIGNED}'),
    ('KK', '2020-07-01', null, 'Kartu Keluarga', 'Family card', 'KK', null, true, '{PRR,TTE,SIGNED}'),
    ('AKTA_KELAHIRAN', '2006-01-01', '2020-06-30', 'Akta Kelahiran', 'Birth certificate', 'AKL', 'SECURITY_PAPER', false, '{PRR,TTE,SIGNED}'),
    ('AKTA_KELAHIRAN', '2020-07-01', null, 'Akta Kelahiran', 'Birth certificate', 'AKL', null, false, '{PRR,TTE,SIGNED}');

-- Neighbourhoods; the number is unique within its kelurahan only.
create table rw (
    kelurahan_code text not null,
    rw text not null check (rw ~ '^\d{3}$'),
    primary key (kelurahan_code, rw)
);

-- The last office number given out of each kind and month. A gap is no fault.
create table office_number (
    prefix text not null,
    month date not null,
    last bigint not null,
    primary key (prefix, month)
) with (fillfactor = 50);

-- Times of facts heard from other services stand in columns of their own, since those facts come in any order.
create table application (
    id uuid primary key,
    document_kind text not null,
    reason text not null,
    state text not null default 'RECORDED'
        check (state in ('RECORDED', 'CLEARED', 'PRINTED', 'HANDED_OVER', 'RETURNED', 'CLOSED', 'CANCELLED')),
    office_number text not null unique,
    tracking_code text not null unique,
    -- Keyed hash of the NIK, or of a newborn's family card, name and birth date.
    person_hash bytea not null,
    household_id uuid not null,
    -- NIK, family card, birth date and sex.
    identity_sealed bytea not null,
    full_name text not null,
    phone text,
    email text,
    address text not null,
    landmark text,
    kelurahan_code text not null,
    rw text not null,
    rt text not null,
    suket_expires_on date,
    disaster_victim boolean not null,
    recorded_at timestamptz not null,
    registered_at timestamptz not null,
    central_status text,
    central_status_at timestamptz,
    cleared_at timestamptz,
    printed_at timestamptz,
    handed_over_at timestamptz,
    returned_at timestamptz,
    completed_at timestamptz,
    cancelled_at timestamptz,
    cancel_reason text,
    -- Codes of what an officer should look at, separated by blanks.
    doubts text not null default '',
    -- Keyed hash of the row of a file that it came from: the same row in another run is known by it.
    source_fingerprint bytea
) with (fillfactor = 85);

-- One live application per person and kind.
create unique index application_live on application (person_hash, document_kind) where state not in ('CLOSED', 'CANCELLED');
-- For words of the ministry that come after the end. Apart from the live ones, so that taking an application is not dearer.
create index application_ended on application (person_hash, document_kind) where state in ('CLOSED', 'CANCELLED');
create unique index application_source on application (source_fingerprint) where source_fingerprint is not null;

-- The ministry's words that did not clear, each once.
create table central_word (
    application_id uuid not null,
    at timestamptz not null,
    word text not null,
    -- Which of two words of the same day came later.
    seen bigint generated always as identity,
    primary key (application_id, at, word)
);

create table correction (
    application_id uuid not null references application,
    at timestamptz not null,
    fields text[] not null,
    why text not null,
    primary key (application_id, at)
);

-- A file worked through, row by row. `rows` moves in the transaction of the rows it counts.
create table import (
    id uuid primary key,
    purpose text not null check (purpose in ('APPLICATIONS', 'CLEARANCES')),
    name text,
    started_at timestamptz not null default now(),
    moved_at timestamptz not null default now(),
    finished_at timestamptz,
    rows integer not null default 0,
    taken integer not null default 0,
    already_taken integer not null default 0,
    cleared integer not null default 0,
    already_cleared integer not null default 0,
    mirrored integer not null default 0,
    refused integer not null default 0,
    warnings integer not null default 0,
    check (rows = taken + already_taken + cleared + already_cleared + mirrored + refused)
) with (fillfactor = 50);

-- What the rows of a file say, each once: what says the same again is a duplicate.
create table import_row (
    import_id uuid not null,
    row_number integer not null,
    fingerprint bytea not null,
    primary key (import_id, row_number),
    unique (import_id, fingerprint)
);

-- Why a row was not taken: our words only, never what stood in the row.
create table import_refusal (
    import_id uuid not null,
    row_number integer not null,
    field text not null,
    code text not null,
    sentence text not null,
    primary key (import_id, row_number)
);

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
