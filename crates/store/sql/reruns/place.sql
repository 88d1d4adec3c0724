-- Where a target stands: its event, that one's project and commit, and a step that holds it.
SELECT t.event_id, p.forge, p.forge_id, p.namespace, p.name, c.hash,
    (SELECT MIN(s.id) FROM steps s WHERE s.job_id = t.job_id) AS step_id
FROM targets t
JOIN events e ON e.id = t.event_id
JOIN projects p ON p.id = e.project_id
LEFT JOIN commits c ON c.id = e.commit_id
WHERE t.id = $1
