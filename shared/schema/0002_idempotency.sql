-- migrate:up

-- The first answer to each request, so that the same request sent twice acts once.
create table idempotent_request (
    key text not null,
    operation text not null,
    digest bytea not null,
    status smallint,
    body bytea,
    at timestamptz not null default now(),
    primary key (operation, key)
);
create index idempotent_request_at on idempotent_request (at);

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
