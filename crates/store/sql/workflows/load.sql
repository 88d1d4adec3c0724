-- All targets of an event with their inputs: a row per target and input.
SELECT t.id, t.job_id, j.kind, j.previous_job_id, t.name, t.chain_id, t.attempt, t.status, t.submission_id,
    t.external_id, t.url, t.logs_url, t.reason, t.submitted_at, t.started_at, t.finished_at,
    t.peer_started_at, t.peer_finished_at, t.held, t.details,
    i.input_target_id, i.needs, o.status AS outside_status, s.cancel_requested_at
FROM targets t
JOIN jobs j ON j.id = t.job_id
LEFT JOIN submissions s ON s.id = t.submission_id
LEFT JOIN inputs i ON i.target_id = t.id
LEFT JOIN targets o ON o.id = i.input_target_id AND o.event_id <> t.event_id
WHERE t.event_id = $1
ORDER BY t.id, i.input_target_id
