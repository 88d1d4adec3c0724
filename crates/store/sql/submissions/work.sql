-- What a build system is told: the submission's unfinished targets and what they consume, a row per target and input.
SELECT t.id, t.kind, t.name, t.status, j.identifier, j.details AS job_details, t.details, t.external_id,
    t.submitted_at, t.started_at,
    i.input_target_id, o.kind AS input_kind, o.name AS input_name, o.external_id AS input_external_id,
    o.details AS input_details
FROM targets t
JOIN jobs j ON j.id = t.job_id
LEFT JOIN inputs i ON i.target_id = t.id
LEFT JOIN targets o ON o.id = i.input_target_id
WHERE t.submission_id = $1
ORDER BY t.id, i.input_target_id
