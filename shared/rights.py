"""A service does not run as the owner of its database: it may do its work there, and not rewrite what people did."""

from typing import Final

RUNNING: Final = "_run"
"""How the name of the role ends as which a service runs; what stands before it is the owner, who migrates."""

RIGHTS: Final = f"""
do $$
declare
    running text := current_user || '{RUNNING}';
    named text;
begin
    if not exists (select from pg_roles where rolname = running) then
        return;
    end if;
    -- Two that migrate at the same moment would change the same rows of the catalogue.
    perform pg_advisory_xact_lock(hashtextextended('antar-rights', 0));
    execute format('grant usage on schema public to %I', running);
    for named in
        select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')
    loop
        execute format('revoke all on %I from %I', named, running);
        execute format(case
            when named = 'audit' then 'grant select, insert on %I to %I'
            when named in ('schema_migrations', 'schema_migrations_after', 'version_history')
                then 'grant select on %I to %I'
            else 'grant select, insert, update, delete, truncate on %I to %I'
        end, named, running);
    end loop;
    execute format('grant usage, select, update on all sequences in schema public to %I', running);
end
$$
"""  # noqa: S608 - nothing in it comes from outside
"""What the running role may do, given by the owner after each migration; nothing where there is no such role."""
