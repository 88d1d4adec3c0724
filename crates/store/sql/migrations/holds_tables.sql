-- Whether there is anything in the database, whoever made it.
/*sqlite*/
SELECT count(*) > 0 FROM sqlite_master WHERE type IN ('table', 'view')
/*end*/
/*pg SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname <> 'information_schema' AND schemaname NOT LIKE 'pg\_%') */
