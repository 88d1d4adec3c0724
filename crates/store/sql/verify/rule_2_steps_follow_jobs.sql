SELECT 'steps' AS place, s.id AS id, count(*) OVER () AS found,
    concat('step ', s.id, ' holds job ', j.id, ', which follows job ', COALESCE(CAST(j.previous_job_id AS TEXT), 'none'),
        ', behind a step that holds job ', COALESCE(CAST(p.job_id AS TEXT), 'none')) AS what
FROM steps s
JOIN jobs j ON j.id = s.job_id
LEFT JOIN steps p ON p.id = s.previous_id
WHERE j.previous_job_id IS DISTINCT FROM p.job_id
ORDER BY 2
LIMIT $1
