SELECT 'targets' AS place, t.id AS id, count(*) OVER () AS found,
    concat('target ', t.id, ' by our clock: submitted ', t.submitted_at, ', started ', t.started_at, ', finished ',
        t.finished_at) AS what
FROM targets t
WHERE t.submitted_at > t.started_at OR t.started_at > t.finished_at OR t.submitted_at > t.finished_at
ORDER BY 2
LIMIT $1
