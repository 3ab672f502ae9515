-- migrate:up

-- What was said of each key, and when first.
create table noted (
    key text not null,
    what text not null,
    at timestamptz not null,
    primary key (key, what)
);

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
