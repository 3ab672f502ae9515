-- migrate:up

-- A print run: the orders that went to the printer together. Whoever comes back after a crash finds the open ones.
create table print_run (
    run_id uuid primary key,
    site text not null,
    blank_kind text,
    stock_id text,
    size integer not null,
    printed integer not null default 0,
    spoiled integer not null default 0,
    started_at timestamptz not null,
    finished_at timestamptz
);
create index print_run_open on print_run (started_at) where finished_at is null;

-- What the simulated printer has printed: the memory of a device, written in its own transactions.
create table simulated_print (
    run_id uuid not null,
    application_id uuid not null,
    serial text collate "C" unique,
    primary key (run_id, application_id)
);

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
