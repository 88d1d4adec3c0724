-- The events of public projects that an imported row is in, newest first.
SELECT e.id, e.kind, e.actor, e.status, e.occurred_at, p.forge, p.namespace, p.name AS project_name,
    p.visibility, r.kind AS reference_kind, r.name AS reference_name, c.hash, NULL AS reason
FROM events e
JOIN projects p ON p.id = e.project_id
JOIN "references" r ON r.id = e.reference_id
LEFT JOIN commits c ON c.id = e.commit_id
WHERE p.visibility = 'public'
    AND e.id IN (SELECT o.event_id FROM origins o WHERE o.source_table = $1 AND o.source_id = $2)
ORDER BY e.occurred_at DESC, e.id DESC
LIMIT $3
