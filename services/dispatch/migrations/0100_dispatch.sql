-- migrate:up

-- Who brings documents. Name and phone are his, not a citizen's.
create table courier (
    badge text primary key,
    name text not null,
    phone text
);

-- Who serves a neighbourhood now: one courier for an RW, perhaps several RW for a courier (a stand-in).
create table beat (
    kelurahan_code text not null,
    rw text not null check (rw ~ '^\d{3}$'),
    badge text not null references courier (badge),
    primary key (kelurahan_code, rw)
);
create index beat_badge on beat (badge);

-- The only personal data of citizens in this database, and no more than a courier needs at the door.
create table recipient (
    application_id uuid primary key,
    household_id uuid not null,
    office_number text not null,
    short_name text not null,
    nik_masked text,
    phone text,
    address text not null,
    landmark text,
    rt text not null,
    registered_at timestamptz not null
);

-- One row per application from the first fact heard of it, whichever that is: print, recipient and cancellation come on
-- different topics in any order, and this row's lock is where they meet.
create table delivery (
    application_id uuid primary key,
    state text not null default 'EXPECTED' check (state in (
        'EXPECTED', 'WAITING_FOR_RECIPIENT', 'WAITING_FOR_COURIER', 'ASSIGNED', 'WITH_COURIER', 'WAITING_FOR_ROUTE',
        'HELD_FOR_PICKUP', 'RECALLED', 'LOST', 'DELIVERED', 'RETURNED'
    )),
    -- A document printed anew after a return starts round 2 with three visits of its own.
    round smallint not null default 1,
    attempts smallint not null default 0 constraint at_most_three_visits check (attempts between 0 and 3),
    document_kind text,
    on_blank boolean,
    printed_at timestamptz,
    kelurahan_code text,
    rw text,
    courier_badge text,
    cancelled_at timestamptz,
    recalled_at timestamptz,
    routed_at timestamptz,
    held_until date,
    receiver text,
    completed_at timestamptz,
    return_reason text,
    constraint printed_unless_expected check ((state = 'EXPECTED') = (printed_at is null)),
    constraint somebody_brings_it check (courier_badge is not null or state not in ('ASSIGNED', 'WITH_COURIER')),
    constraint received_by_somebody check ((state = 'DELIVERED') = (receiver is not null and completed_at is not null)),
    constraint returned_for_a_reason check ((state = 'RETURNED') = (return_reason is not null)),
    constraint held_until_a_day check ((state = 'HELD_FOR_PICKUP') <= (held_until is not null))
) with (fillfactor = 70);
create index delivery_by_state on delivery (state, application_id);
create index delivery_of_courier on delivery (courier_badge)
    where state in ('ASSIGNED', 'WITH_COURIER', 'WAITING_FOR_ROUTE', 'RECALLED', 'LOST');

-- A hand-over to all couriers, made in several transactions: the same request sent again goes on where it was cut off.
create table morning_round (
    round_id uuid primary key,
    finished_at timestamptz
);

-- What was signed for together.
create table manifest (
    manifest_id uuid primary key,
    courier_badge text not null references courier (badge),
    documents integer not null check (documents > 0),
    round_id uuid references morning_round (round_id),
    made_at timestamptz not null
);
create index manifest_of_round on manifest (round_id) where round_id is not null;

-- Where each printed document is: one row, so one holder. Written by the log of moves below and by nothing else.
create table custody (
    application_id uuid primary key,
    holder text not null check (holder in ('OFFICE', 'COURIER', 'KELURAHAN', 'RECEIVER')),
    courier_badge text,
    since timestamptz not null,
    move integer not null default 0,
    constraint courier_by_name check ((holder = 'COURIER') = (courier_badge is not null)),
    constraint begins_at_the_office check (move > 0 or holder = 'OFFICE')
) with (fillfactor = 70);

-- Every change of hands, for ever. `number` counts one document's moves from 1 without gaps.
create table custody_move (
    application_id uuid not null,
    number integer not null,
    giver text not null,
    giver_badge text,
    taker text not null,
    taker_badge text,
    manifest_id uuid,
    moved_at timestamptz not null,
    primary key (application_id, number),
    constraint changes_hands check ((giver, giver_badge) is distinct from (taker, taker_badge))
);

-- The chain: a move is taken only if its giver holds the document and its number is the next. Two moves of one document at
-- the same moment have the same number, so the primary key lets one of them in.
create function move_custody() returns trigger language plpgsql as $$
declare
    followed bigint;
begin
    update custody c
    set holder = m.taker, courier_badge = m.taker_badge, since = m.moved_at, move = m.number
    from moves m
    where c.application_id = m.application_id and c.move = m.number - 1
        and c.holder = m.giver and c.courier_badge is not distinct from m.giver_badge;
    get diagnostics followed = row_count;
    if followed <> (select count(*) from moves) then
        raise exception 'the giver does not hold the document' using errcode = 'check_violation', constraint = 'custody_chain';
    end if;
    return null;
end $$;
create trigger move_custody after insert on custody_move
    referencing new table as moves for each statement execute function move_custody();

create function refuse_rewriting() returns trigger language plpgsql as $$
begin
    raise exception '% keeps what happened', tg_table_name using errcode = 'check_violation', constraint = 'append_only';
end $$;
create trigger append_only before update or delete or truncate on custody_move
    for each statement execute function refuse_rewriting();

-- Custody itself changes inside move_custody only (trigger depth 2 there); a document enters it once, at the office.
create function refuse_silent_move() returns trigger language plpgsql as $$
begin
    if pg_trigger_depth() < 2 then
        raise exception 'custody moves by a row in custody_move' using errcode = 'check_violation', constraint = 'custody_log';
    end if;
    return null;
end $$;
create trigger logged_only before update or delete or truncate on custody
    for each statement execute function refuse_silent_move();

create function refuse_later_entry() returns trigger language plpgsql as $$
begin
    if exists (select from entered where move <> 0) then
        raise exception 'a document enters custody at move 0' using errcode = 'check_violation', constraint = 'custody_log';
    end if;
    return null;
end $$;
create trigger enters_at_the_office after insert on custody
    referencing new table as entered for each statement execute function refuse_later_entry();

-- What couriers reported, accepted or refused, once per act of theirs however often their phone sends it.
create table courier_act (
    act_id uuid primary key,
    application_id uuid not null,
    courier_badge text not null,
    kind text not null check (kind in ('attempt', 'completion')),
    outcome text,
    receiver text,
    mandate_number text,
    old_card text,
    acted_at timestamptz not null,
    reported_at timestamptz not null,
    accepted boolean not null,
    code text,
    message text,
    state text,
    round smallint,
    attempt smallint,
    counted boolean,
    constraint refused_for_a_reason check (accepted = (code is null))
);
create index courier_act_of_document on courier_act (application_id);
create unique index counted_visits_are_numbered on courier_act (application_id, round, attempt) where counted;
create trigger append_only before update or delete or truncate on courier_act
    for each statement execute function refuse_rewriting();

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
