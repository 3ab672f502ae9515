-- migrate:up

-- The last version announced of each aggregate; its row lock orders the outbox.
create table stream_version (
    topic text not null,
    key text not null,
    version bigint not null,
    primary key (topic, key)
) with (fillfactor = 70);

-- Facts that are committed and not yet on the log. Rows live for milliseconds, so vacuum must not wait for a share of a table
-- that is empty most of the time.
create table outbox (
    id bigint generated always as identity primary key,
    topic text not null,
    key text not null,
    version bigint not null,
    event_id uuid not null,
    type text not null,
    traceparent text,
    payload bytea,
    created_at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0);

-- How far each aggregate heard of has been applied. `expected` carries the value that the claim compares with;
-- `event_id` tells a duplicate from a rewritten history.
create table stream_position (
    topic text not null,
    key text not null,
    version bigint not null,
    expected bigint not null,
    event_id uuid,
    primary key (topic, key)
) with (fillfactor = 70);

-- Records that could not be applied, and what queued behind them, as they were on the log.
create table parked (
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    key text,
    version bigint,
    raw_key bytea,
    raw_value bytea,
    headers bytea not null,
    code text not null,
    attempts integer not null default 1,
    parked_at timestamptz not null default now(),
    primary key (topic, partition, record_offset)
);
create unique index parked_version on parked (topic, key, version) where version is not null;

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
