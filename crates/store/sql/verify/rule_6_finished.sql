SELECT 'targets' AS place, t.id AS id, count(*) OVER () AS found,
    concat('target ', t.id, ' is ', t.status, ' and has ',
        CASE WHEN t.finished_at IS NULL THEN 'no ' ELSE 'a ' END, 'time at which it finished') AS what
FROM targets t
WHERE (t.finished_at IS NOT NULL) <> (t.status IN ('succeeded', 'failed', 'errored', 'canceled', 'skipped'))
ORDER BY 2
LIMIT $1
