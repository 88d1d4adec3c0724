SELECT 'jobs' AS place, j.id AS id, count(*) OVER () AS found,
    concat('job ', j.id, ' of event ', j.event_id, ' follows job ', j.previous_job_id,
        CASE WHEN p.id IS NULL THEN ', which does not exist'
            WHEN p.event_id <> j.event_id THEN concat(', which is of event ', p.event_id)
            ELSE ', which comes behind it' END) AS what
FROM jobs j
LEFT JOIN jobs p ON p.id = j.previous_job_id
WHERE j.previous_job_id IS NOT NULL AND (p.id IS NULL OR p.event_id <> j.event_id OR p.id >= j.id)
ORDER BY 2
LIMIT $1
