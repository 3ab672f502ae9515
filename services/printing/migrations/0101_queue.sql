-- migrate:up

-- One order per application, from its place in the queue to its end. An order without a stock needs no blank.
create table print_order (
    application_id uuid primary key,
    state text not null check (state in ('QUEUED', 'ALLOCATED', 'READY', 'PRINTING', 'PRINTED', 'VOIDED', 'CANCELLED')),
    document_kind text not null,
    site text not null,
    blank_kind text,
    stock_id text,
    priority_class text,
    class_rank smallint,
    place_since timestamptz not null,
    policy_version integer not null,
    kelurahan_code text not null,
    rw text not null,
    queued_at timestamptz not null,
    allocated_at timestamptz,
    position bigint,
    run_id uuid,
    serial text collate "C",
    printed_at timestamptz,
    cancelled_at timestamptz,
    constraint order_stock check (
        num_nulls(blank_kind, stock_id, priority_class, class_rank) in (0, 4)
        and (stock_id is null or stock_id = site || '/' || blank_kind)
    ),
    constraint order_without_blank check (case when stock_id is null then state not in ('QUEUED', 'ALLOCATED') else state <> 'READY' end),
    constraint order_serial check (
        (serial is not null) = (stock_id is not null and state in ('PRINTING', 'PRINTED', 'VOIDED'))
    ),
    constraint order_run check ((run_id is not null) = (state in ('PRINTING', 'PRINTED', 'VOIDED')))
) with (fillfactor = 70);
create index print_order_queued on print_order (stock_id, class_rank, place_since, application_id) where state = 'QUEUED';
create index print_order_allocated on print_order (stock_id, class_rank, place_since, application_id) where state = 'ALLOCATED';
create index print_order_ready on print_order (site, place_since, application_id) where state = 'READY';
create index print_order_printing on print_order (run_id) where state = 'PRINTING';
-- A serial is bound to one order at most.
create unique index print_order_serial on print_order (serial) where serial is not null;

-- A draw gives free blanks to the head of a queue: who is in it and in which place is fixed at one moment; then it is
-- settled, order by order, in as many transactions as its size asks for. `settled` is the last position done.
create table draw (
    draw_id uuid primary key,
    stock_id text not null,
    policy_version integer not null,
    size bigint not null check (size > 0),
    settled bigint not null default 0 check (settled between 0 and size),
    drawn_at timestamptz not null
);
create unique index draw_open on draw (stock_id) where settled < size;

create table draw_place (
    draw_id uuid not null,
    position bigint not null,
    application_id uuid not null,
    primary key (draw_id, position)
);

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
