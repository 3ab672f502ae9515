-- migrate:up

-- Under one version another event may come: it must not be taken for the one that is set aside. Null: unreadable.
alter table parked add column event_id uuid;
drop index parked_version;
create unique index parked_event on parked (topic, key, version, event_id) where version is not null;

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
