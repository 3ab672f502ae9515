-- migrate:up

-- Where a family was found last, and whether a telephone serves several: asked for at each registration.
create index application_household on application (household_id, id);
create index application_phone on application (phone) where phone is not null;

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
