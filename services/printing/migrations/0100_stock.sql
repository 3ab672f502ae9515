-- migrate:up

-- The digits at the end of a serial: its number within the series, and how wide it is written.
create function serial_digits(serial text) returns text language sql immutable strict parallel safe
    return substring(serial from '[0-9]{1,15}$');

-- What is where, per site and kind of blank. The ledger below is the only one who changes a row; these constraints are the last
-- guard of the conservation of blanks, whatever the code above them believes.
create table stock (
    stock_id text primary key,
    site text not null,
    blank_kind text not null,
    received bigint not null default 0,
    transferred_in bigint not null default 0,
    in_stock bigint not null default 0,
    reserved bigint not null default 0,
    printed bigint not null default 0,
    spoiled bigint not null default 0,
    transferred_out bigint not null default 0,
    missing bigint not null default 0,
    constraint stock_named check (stock_id = site || '/' || blank_kind),
    constraint stock_conserved check (received + transferred_in = in_stock + printed + spoiled + transferred_out + missing),
    constraint stock_not_overdrawn check (reserved <= in_stock),
    constraint stock_not_negative check (
        least(received, transferred_in, in_stock, reserved, printed, spoiled, transferred_out, missing) >= 0
    )
) with (fillfactor = 20);

-- When to warn that blanks run out. `low` remembers the fall, so that each is told once; a stock that never had blanks did not fall.
create table stock_warning (
    stock_id text primary key,
    level bigint not null,
    low boolean not null default true
);

-- One serial range as it came with a letter of the ministry.
create table receipt (
    receipt_id uuid primary key,
    stock_id text not null references stock,
    first_serial text collate "C" not null,
    last_serial text collate "C" not null,
    quantity bigint not null check (quantity > 0),
    letter_number text not null,
    received_at timestamptz not null,
    constraint receipt_one_series check (
        length(first_serial) = length(last_serial)
        and left(first_serial, -length(serial_digits(first_serial))) = left(last_serial, -length(serial_digits(first_serial)))
    ),
    constraint receipt_quantity check (serial_digits(last_serial)::bigint - serial_digits(first_serial)::bigint + 1 = quantity)
);

-- Each blank by its serial. It enters by a receipt and leaves once, printed or spoiled; `pile` is the order of use, oldest first.
create table blank (
    serial text collate "C" primary key,
    stock_id text not null,
    receipt_id uuid not null,
    pile bigint not null generated always as identity,
    state text not null default 'IN_STOCK' check (state in ('IN_STOCK', 'PRINTED', 'SPOILED'))
);
create index blank_pile on blank (stock_id, pile) where state = 'IN_STOCK';

-- Every movement of blanks, in order, for ever. One row may move many (a range received, a draw reserved).
create table ledger (
    id bigint primary key generated always as identity,
    stock_id text not null,
    movement text not null check (movement in ('RECEIVED', 'RESERVED', 'RELEASED', 'PRINTED', 'SPOILED')),
    quantity bigint not null check (quantity > 0),
    serial text collate "C",
    application_id uuid,
    receipt_id uuid,
    draw_id uuid,
    run_id uuid,
    reason text,
    at timestamptz not null,
    constraint ledger_received_by_letter check ((movement = 'RECEIVED') = (receipt_id is not null)),
    constraint ledger_one_by_one check (
        movement not in ('PRINTED', 'SPOILED')
        or (quantity = 1 and serial is not null and application_id is not null and run_id is not null)
    )
);
-- Nobody gets two cards for one application, whatever becomes of its order.
create unique index ledger_printed_once on ledger (application_id) where movement = 'PRINTED';
create index ledger_spoiled on ledger (application_id) where movement = 'SPOILED';

create function forbidden() returns trigger language plpgsql as $$
begin
    raise exception '% is written once and never changed', tg_table_name using errcode = 'restrict_violation';
end $$;

create function by_ledger_only() returns trigger language plpgsql as $$
begin
    -- Depth 1 is this trigger under somebody's own statement; 2 is this trigger under the ledger's.
    if pg_trigger_depth() < 2 then
        raise exception '% changes through the ledger only', tg_table_name using errcode = 'restrict_violation';
    end if;
    return null;
end $$;

-- Joins by index whatever the planner guesses of a batch: its plan is kept for the session, and one made for a
-- batch of thousands would read the whole table for each later batch of ten.
create function move_blanks() returns trigger language plpgsql set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    wanted bigint;
    done bigint;
begin
    update stock s set
        received = s.received + m.received,
        in_stock = s.in_stock + m.received - m.printed - m.spoiled,
        reserved = s.reserved + m.reserved - m.released - m.printed - m.spoiled,
        printed = s.printed + m.printed,
        spoiled = s.spoiled + m.spoiled
    from (
        select
            stock_id,
            coalesce(sum(quantity) filter (where movement = 'RECEIVED'), 0) as received,
            coalesce(sum(quantity) filter (where movement = 'RESERVED'), 0) as reserved,
            coalesce(sum(quantity) filter (where movement = 'RELEASED'), 0) as released,
            coalesce(sum(quantity) filter (where movement = 'PRINTED'), 0) as printed,
            coalesce(sum(quantity) filter (where movement = 'SPOILED'), 0) as spoiled
        from moved group by stock_id
    ) m
    where s.stock_id = m.stock_id;
    get diagnostics done = row_count;
    select count(distinct stock_id) into wanted from moved;
    if done <> wanted then
        raise exception 'ledger: % stocks moved, % exist', wanted, done using errcode = 'foreign_key_violation';
    end if;

    insert into blank (serial, stock_id, receipt_id)
    select left(r.first_serial, -w) || lpad(n::text, w, '0'), m.stock_id, r.receipt_id
    from moved m
    join receipt r on r.receipt_id = m.receipt_id and r.stock_id = m.stock_id,
        length(serial_digits(r.first_serial)) as w,
        generate_series(serial_digits(r.first_serial)::bigint, serial_digits(r.last_serial)::bigint) as n
    where m.movement = 'RECEIVED'
    order by m.id, n;
    get diagnostics done = row_count;
    select coalesce(sum(quantity), 0) into wanted from moved where movement = 'RECEIVED';
    if done <> wanted then
        raise exception 'ledger: % blanks received, % serials', wanted, done using errcode = 'check_violation';
    end if;

    update blank b set state = m.movement
    from moved m
    where b.serial = m.serial and b.state = 'IN_STOCK' and m.movement in ('PRINTED', 'SPOILED')
        -- Not "=": the planner, thinking the pile small, would walk through it for each serial.
        and b.stock_id is not distinct from m.stock_id;
    get diagnostics done = row_count;
    select count(*) into wanted from moved where movement in ('PRINTED', 'SPOILED');
    if done <> wanted then
        raise exception 'ledger: % blanks used, % of them were in this stock', wanted, done using errcode = 'check_violation';
    end if;
    return null;
end $$;

create trigger ledger_moves_blanks after insert on ledger
    referencing new table as moved for each statement execute function move_blanks();
create trigger ledger_append_only before update or delete or truncate on ledger
    for each statement execute function forbidden();
create trigger receipt_append_only before update or delete or truncate on receipt
    for each statement execute function forbidden();
create trigger stock_by_ledger before update or delete or truncate on stock
    for each statement execute function by_ledger_only();
create trigger blank_by_ledger before insert or update or delete or truncate on blank
    for each statement execute function by_ledger_only();
-- A stock is opened empty; what it holds came through the ledger.
create trigger stock_opens_empty before insert on stock for each row
    when (new.received + new.transferred_in + new.in_stock + new.reserved > 0) execute function forbidden();

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
