-- The only pair of texts: PostgreSQL has sequences, SQLite has one writer and a table of the last ids.
SELECT 'pipelines' AS name, nextval(pg_get_serial_sequence('pipelines', 'id')) AS id FROM generate_series(1, $1)
UNION ALL
SELECT 'jobs', nextval(pg_get_serial_sequence('jobs', 'id')) FROM generate_series(1, $2)
UNION ALL
SELECT 'steps', nextval(pg_get_serial_sequence('steps', 'id')) FROM generate_series(1, $3)
UNION ALL
SELECT 'targets', nextval(pg_get_serial_sequence('targets', 'id')) FROM generate_series(1, $4)
UNION ALL
SELECT 'submissions', nextval(pg_get_serial_sequence('submissions', 'id')) FROM generate_series(1, $5)
UNION ALL
SELECT 'events', nextval(pg_get_serial_sequence('events', 'id')) FROM generate_series(1, $6)
UNION ALL
SELECT 'reruns', nextval(pg_get_serial_sequence('reruns', 'id')) FROM generate_series(1, $7)
