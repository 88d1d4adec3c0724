-- No question of anybody's, but what the questions are asked about when their plans are looked at: a test in a workflow of the
-- public project that has the most events, and a place in the middle of all lists.
SELECT e.project_id, e.reference_id, e.id AS event_id, s.pipeline_id, s.id AS step_id, t.id AS target_id, c.hash,
    e.actor AS author, k.package, p.name AS project_name, t.external_id, m.occurred_at AS deep_at, m.id AS deep_id
FROM (
    SELECT b.project_id FROM events b JOIN projects q ON q.id = b.project_id
    WHERE q.visibility = 'public' GROUP BY b.project_id ORDER BY count(*) DESC, b.project_id LIMIT 1
) busy
JOIN projects p ON p.id = busy.project_id
JOIN events e ON e.project_id = busy.project_id
JOIN commits c ON c.id = e.commit_id
JOIN event_packages k ON k.event_id = e.id
JOIN targets t ON t.event_id = e.id AND t.kind = 'test_run' AND t.external_id IS NOT NULL
JOIN steps s ON s.job_id = t.job_id
JOIN events m ON m.id = (SELECT (min(x.id) + max(x.id)) / 2 FROM events x)
WHERE e.actor IS NOT NULL
ORDER BY e.occurred_at DESC, e.id DESC, t.id
LIMIT 1
