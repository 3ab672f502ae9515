-- migrate:up

-- What people did and looked at. Only ever added to: not even the service that writes it may change a line.
create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    who text,
    name text,
    roles text[] not null,
    areas text[] not null,
    route text not null,
    what text not null,
    -- An id, never a name or number of a person.
    record text,
    address text not null,
    result text not null,
    details jsonb not null
);
create index audit_record on audit (record, id) where record is not null;
create index audit_who on audit (who, id);
create index audit_at on audit (at);

create function audit_stays() returns trigger language plpgsql as $$
begin
    raise exception 'the audit is only added to' using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_stays before update or delete or truncate on audit
    for each statement execute function audit_stays();

-- Forms that were sent after their session had ended: sealed, given back after the next sign-in of the same person.
create table draft (
    id uuid primary key,
    sealed text not null,
    at timestamptz not null default now()
);

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
