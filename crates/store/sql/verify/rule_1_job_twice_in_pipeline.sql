SELECT 'steps' AS place, MIN(s.id) AS id, count(*) OVER () AS found,
    concat('job ', s.job_id, ' stands in ', count(*), ' steps of pipeline ', s.pipeline_id) AS what
FROM steps s
GROUP BY s.pipeline_id, s.job_id
HAVING count(*) > 1
ORDER BY 2
LIMIT $1
