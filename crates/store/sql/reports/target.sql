-- All that a target's check tells, one row for each of its inputs.
SELECT t.event_id, t.kind, t.name, t.attempt, t.status, t.reason, t.url, t.logs_url, t.external_id,
    t.started_at, t.finished_at, t.peer_started_at, t.peer_finished_at, j.identifier,
    p.forge, p.namespace, p.name AS project, r.kind AS reference_kind, r.name AS reference,
    (SELECT count(*) FROM targets o WHERE o.job_id = f.job_id) AS targets_of_step,
    i.needs, o.kind AS input_kind, o.name AS input_name, o.status AS input_status
FROM targets t
JOIN targets f ON f.id = t.chain_id
JOIN jobs j ON j.id = t.job_id
JOIN events e ON e.id = t.event_id
JOIN projects p ON p.id = e.project_id
JOIN "references" r ON r.id = e.reference_id
LEFT JOIN inputs i ON i.target_id = t.id
LEFT JOIN targets o ON o.id = i.input_target_id
WHERE t.id = $1
ORDER BY i.input_target_id
