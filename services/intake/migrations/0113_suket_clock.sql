-- migrate:up

-- Those of whom printing is still to be told that their suket runs out: looked for whenever something happened, so only they.
create index application_suket_untold on application (suket_expires_on)
    where state = 'CLEARED' and suket_told is distinct from suket_expires_on;

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
