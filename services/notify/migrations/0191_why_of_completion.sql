-- migrate:up

-- An application may wait for completion, and may be refused: the same view with these two states.
create or replace view why as
select
    h.key,
    case
        when a.closed_at is not null then 'CLOSED'
        when a.cancelled_at is not null then 'CANCELLED'
        when a.rejected_at is not null then 'REJECTED'
        else coalesce(a.delivery_stage, a.print_stage, case
            when a.cleared_at is not null then 'CLEARED'
            when a.missing_at is not null then 'NEEDS_COMPLETION'
            else 'RECORDED'
        end)
    end as state,
    coalesce(m.oldest, a.closed_at, a.cancelled_at, a.rejected_at, a.delivery_at, a.print_at, a.cleared_at,
        a.missing_at, a.recorded_at) as since,
    case
        when m.oldest is null then null
        when m.unready then 'its recipient and the name of its document, to send a message'
        else 'the gateway to take a message'
    end as waits_for,
    jsonb_strip_nulls(jsonb_build_object(
        'messages', m.messages,
        'recipient_known', a.tracking_code is not null
    )) as details
from (
    select p.key from stream_position p
    where p.topic in (
        'intake.application.v1', 'intake.recipient.v1', 'printing.print-order.v1', 'dispatch.delivery.v1'
    )
    group by p.key
) h
join application a on a.application_id = case when pg_input_is_valid(h.key, 'uuid') then h.key::uuid end
left join lateral (
    select
        min(m.raised_at) filter (where m.state in ('WAITING', 'DUE', 'SENDING')) as oldest,
        bool_and(m.state = 'WAITING') filter (where m.state in ('WAITING', 'DUE', 'SENDING')) as unready,
        jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'milestone', m.milestone, 'state', m.state, 'attempts', m.attempts, 'next_at', m.next_at, 'reason', m.reason
        )) order by m.id) filter (where m.state in ('WAITING', 'DUE', 'SENDING')) as messages
    from message m where m.application_id = a.application_id
) m on true;

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
