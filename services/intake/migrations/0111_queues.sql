-- migrate:up

-- In which work queue an application waits, in one place for counts and lists. `faults`: the ministry's words that tell of a
-- faulty record.
create function desk_queue(a application, faults text[]) returns text language sql stable as $$
    select case
        when a.state = 'NEEDS_COMPLETION' then 'INCOMPLETE'
        when a.state in ('RECORDED', 'CLEARED') and a.central_status = any(faults) then 'FAULT'
        when a.state = 'RECORDED' and a.doubts <> '' and a.verified_at is null then 'VERIFY'
        when a.state = 'RECORDED' then 'CENTRE'
        when a.state = 'CLEARED' then 'BLANK'
    end
$$;

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
