SELECT 'steps' AS place, s.id AS id, count(*) OVER () AS found,
    concat('step ', s.id, ' of pipeline ', s.pipeline_id, ' holds no job') AS what
FROM steps s
LEFT JOIN jobs j ON j.id = s.job_id
WHERE j.id IS NULL
ORDER BY 2
LIMIT $1
