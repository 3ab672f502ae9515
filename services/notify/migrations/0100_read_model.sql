-- migrate:up

-- One application as the public may see it: the facts of four topics side by side, each topic writing its own
-- columns, so that they may come in any order. The state is derived when somebody asks (domain.py), never stored.
-- Half-filled pages: every application is changed about eight times, and a change within its page touches no index.
create table application (
    application_id uuid primary key,

    -- intake.application.v1
    document_name text,
    kelurahan_code text,
    rw text,
    recorded_at timestamptz,
    central_word text,
    central_at timestamptz,
    cleared_at timestamptz,
    needs_blank boolean,
    cancelled_at timestamptz,
    cancel_reason text,
    closed_at timestamptz,

    -- intake.recipient.v1: the only personal data here, and only how to reach somebody
    tracking_code text,
    phone text,
    email text,

    -- printing.print-order.v1
    print_stage text,
    print_at timestamptz,
    print_reason text,
    site text,
    blank_kind text,
    priority_class text,
    class_rank smallint,
    place_since timestamptz,
    policy_version integer,
    queued_at timestamptz,
    printed_at timestamptz,

    -- dispatch.delivery.v1
    delivery_stage text,
    delivery_at timestamptz,
    courier_badge text,
    handed_over_at timestamptz,
    visits smallint,
    outcome text,
    held_kelurahan text,
    held_until date,
    receiver text,
    return_reason text,

    -- somebody has died: nothing is sent any more
    silent boolean not null default false
) with (fillfactor = 50);
create unique index application_tracking_code on application (tracking_code);

-- Who waits for a blank now, in the order of service.
create table waiting (
    application_id uuid primary key,
    site text not null,
    blank_kind text not null,
    class_rank smallint not null,
    place_since timestamptz not null
);
create index waiting_place on waiting (site, blank_kind, class_rank, place_since, application_id);

-- How many of them by class and day (UTC), kept in step with every change, so that a place is the sum of some hundred
-- numbers and a count within one day: on the first day a hundred thousand people wait, and all of them look.
create table waiting_count (
    site text not null,
    blank_kind text not null,
    class_rank smallint not null,
    day date not null,
    n bigint not null,
    primary key (site, blank_kind, class_rank, day)
) with (fillfactor = 50);

-- Blanks as the events tell them: free = received - allocated + released (a spoiled one was allocated and is gone).
create table blank_stock (
    site text not null,
    blank_kind text not null,
    received bigint not null default 0,
    allocated bigint not null default 0,
    released bigint not null default 0,
    primary key (site, blank_kind)
) with (fillfactor = 50);

-- migrate:down
