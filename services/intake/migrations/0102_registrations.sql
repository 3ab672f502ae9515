-- migrate:up

-- What one family asked for in one visit to the counter, and who took it. Says nothing of anyone by itself.
create table registration (
    id uuid primary key,
    at timestamptz not null,
    who text not null
);
-- What an officer did today.
create index registration_at on registration (at);

create table registration_application (
    registration_id uuid not null references registration,
    application_id uuid not null unique,
    -- As on the sheet, from 1.
    position smallint not null,
    -- To the head of the family, as the family card has it.
    relation text not null,
    primary key (registration_id, position)
);

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
