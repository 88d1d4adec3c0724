SELECT 'targets' AS place, t.id AS id, count(*) OVER () AS found,
    concat('target ', t.id, ' is ', t.status, ' and rides on no submission') AS what
FROM targets t
WHERE t.status IN ('ready', 'submitting', 'submitted', 'running') AND t.submission_id IS NULL
ORDER BY 2
LIMIT $1
