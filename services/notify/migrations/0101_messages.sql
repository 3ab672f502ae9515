-- migrate:up

-- The outbox to the world and the log of what was said, in one. The text is not kept: it follows from template and facts.
--   WAITING        until the recipient and the name of the document are known
--   DUE            to be sent from next_at on
--   SENDING        given to a gateway; if nothing is recorded until next_at, the sender died and it is sent again
--   SENT, UNDELIVERABLE, WITHDRAWN   ends
create table message (
    id bigint generated always as identity primary key,
    message_id uuid not null default gen_random_uuid(),
    application_id uuid not null,
    milestone text not null,
    ordinal smallint not null,
    state text not null check (state in ('WAITING', 'DUE', 'SENDING', 'SENT', 'UNDELIVERABLE', 'WITHDRAWN')),
    next_at timestamptz not null,
    attempts smallint not null default 0,
    tried text[] not null default '{}',
    channel text,
    reason text,
    raised_at timestamptz not null,
    ended_at timestamptz,
    unique (application_id, milestone, ordinal)
) with (fillfactor = 70);
create index message_due on message (next_at, id) where state in ('DUE', 'SENDING');

-- migrate:down
