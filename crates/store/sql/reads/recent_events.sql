-- Use case 7, across all public projects: events, newest first, from a cursor on. What the forge has not called public
-- is not.
SELECT e.id, e.kind, e.actor, e.status, e.occurred_at, p.forge, p.namespace, p.name AS project_name,
    p.visibility, r.kind AS reference_kind, r.name AS reference_name, c.hash,
    (SELECT o.reason FROM omissions o WHERE o.event_id = e.id ORDER BY o.id LIMIT 1) AS reason
FROM events e
JOIN projects p ON p.id = e.project_id
JOIN "references" r ON r.id = e.reference_id
LEFT JOIN commits c ON c.id = e.commit_id
WHERE p.visibility = 'public' AND (e.occurred_at, e.id) < ($1, $2)
ORDER BY e.occurred_at DESC, e.id DESC
LIMIT $3
