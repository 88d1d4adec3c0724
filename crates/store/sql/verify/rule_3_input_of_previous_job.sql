SELECT 'targets' AS place, t.id AS id, count(*) OVER () AS found,
    concat('target ', t.id, ' of job ', t.job_id, ' consumes target ', o.id, ' of job ', o.job_id,
        ', but its job follows job ', COALESCE(CAST(j.previous_job_id AS TEXT), 'none')) AS what
FROM inputs i
JOIN targets t ON t.id = i.target_id
JOIN targets o ON o.id = i.input_target_id
JOIN jobs j ON j.id = t.job_id
WHERE o.event_id = t.event_id AND o.job_id IS DISTINCT FROM j.previous_job_id
ORDER BY 2, o.id
LIMIT $1
