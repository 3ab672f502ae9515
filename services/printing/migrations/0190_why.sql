-- migrate:up

-- Where each application stands here and what it waits for, for the people on call; the same columns in every service.
-- By way of what was said of it, whose key is text and indexed: one application is found without a walk through all.
create view why as
select
    v.key,
    o.state,
    case o.state
        when 'QUEUED' then coalesce(
            (select max(l.at) from ledger l where l.application_id = o.application_id and l.movement = 'SPOILED'), o.queued_at
        )
        when 'ALLOCATED' then o.allocated_at
        when 'READY' then o.queued_at
        when 'PRINTING' then (select r.started_at from print_run r where r.run_id = o.run_id)
        when 'PRINTED' then o.printed_at
        else o.cancelled_at
    end as since,
    case o.state
        when 'QUEUED' then 'a blank'
        when 'ALLOCATED' then 'its turn at the printer'
        when 'READY' then 'its turn at the printer'
        when 'PRINTING' then 'the printer'
    end as waits_for,
    jsonb_strip_nulls(jsonb_build_object(
        'place', case when o.state = 'QUEUED' then (
            select count(*) + 1 from print_order q
            where q.stock_id = o.stock_id and q.state = 'QUEUED'
                and (q.class_rank, q.place_since, q.application_id) < (o.class_rank, o.place_since, o.application_id)
        ) end,
        'stock', o.stock_id,
        'blanks_free', (select s.in_stock - s.reserved from stock s where s.stock_id = o.stock_id),
        'document_kind', o.document_kind,
        'priority_class', o.priority_class,
        'place_since', o.place_since,
        'run', o.run_id
    )) as details
from stream_version v
join print_order o on o.application_id = case when pg_input_is_valid(v.key, 'uuid') then v.key::uuid end
where v.topic = 'printing.print-order.v1';

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
