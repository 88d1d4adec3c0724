-- The only pair of texts: PostgreSQL has sequences, SQLite has one writer and a table of the last ids. A sequence is looked up
-- once, and all ids of a table are one row.
WITH wanted AS MATERIALIZED (
    SELECT name, CAST(pg_get_serial_sequence(name, 'id') AS regclass) AS ids, count
    FROM (VALUES ('pipelines', CAST($1 AS BIGINT)), ('jobs', $2), ('steps', $3), ('targets', $4), ('submissions', $5), ('events', $6),
        ('reruns', $7)) tables (name, count)
)
SELECT name, array_agg(nextval(ids)) AS ids
FROM wanted CROSS JOIN LATERAL generate_series(1, count) GROUP BY name
