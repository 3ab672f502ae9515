-- migrate:up

-- Where the ministry's word and our own record cannot both be: looked for by word.
create index application_central on application (central_status, id) where central_status is not null;

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
