-- migrate:up

-- Where each application stands here and what it waits for, for the people on call; the same columns in every service.
-- By way of what was heard of it, whose key is text and indexed: one application is found without a walk through all.
create view why as
select
    h.key,
    d.state,
    coalesce(
        case d.state
            when 'EXPECTED' then (select r.registered_at from recipient r where r.application_id = d.application_id)
            when 'DELIVERED' then d.completed_at
            when 'RECALLED' then d.recalled_at
        end,
        c.since,
        d.cancelled_at
    ) as since,
    case d.state
        when 'WAITING_FOR_RECIPIENT' then 'its recipient, of whom intake tells'
        when 'WAITING_FOR_COURIER' then 'a courier for RW ' || d.rw || ' of ' || d.kelurahan_code
        when 'ASSIGNED' then 'the hand-over to courier ' || d.courier_badge
        when 'WITH_COURIER' then 'the visit of courier ' || d.courier_badge
        when 'WAITING_FOR_ROUTE' then 'a new route from the coordinator'
        when 'HELD_FOR_PICKUP' then 'its pick-up at the kelurahan'
        when 'RECALLED' then 'its way back to the office'
        when 'LOST' then 'somebody to find it'
    end as waits_for,
    jsonb_strip_nulls(jsonb_build_object(
        'holder', c.holder,
        'holder_badge', c.courier_badge,
        'courier', d.courier_badge,
        'round', d.round,
        'visits', d.attempts,
        'held_until', d.held_until,
        'printed_at', d.printed_at,
        'cancelled_at', d.cancelled_at,
        'return_reason', d.return_reason,
        'recipient_known', exists (select from recipient r where r.application_id = d.application_id)
    )) as details
from (
    select p.key from stream_position p
    where p.topic in ('intake.application.v1', 'intake.recipient.v1', 'printing.print-order.v1')
    group by p.key
) h
join delivery d on d.application_id = case when pg_input_is_valid(h.key, 'uuid') then h.key::uuid end
left join custody c on c.application_id = d.application_id;

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
