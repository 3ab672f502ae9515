-- migrate:up

-- The kelurahan in which the applicant of each application lives, after corrections.
create table home (
    key text primary key,
    kelurahan_code text not null
);
create index home_kelurahan on home (kelurahan_code);

-- migrate:down
-- Forward only: dbmate wants this line; a mistake is mended by a further migration.
