-- migrate:up

-- Which versions of Antar have worked on this database, in their order; the last row is the present one.
create table version_history (
    id bigint generated always as identity primary key,
    version text not null,
    at timestamptz not null default now()
);

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
