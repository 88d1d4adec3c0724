-- Whether it is written here which migrations were done: asked in the database's own catalogue, since asking must not fail.
/*sqlite*/
SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'
/*end*/
/*pg SELECT to_regclass('_sqlx_migrations') IS NOT NULL */
