-- What a target that is told of in words is told with.
SELECT t.event_id, c.hash, t.url, t.logs_url, j.details AS job, t.details AS made
FROM targets t
JOIN jobs j ON j.id = t.job_id
JOIN events e ON e.id = t.event_id
LEFT JOIN commits c ON c.id = e.commit_id
WHERE t.id = $1
