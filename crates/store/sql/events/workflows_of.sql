-- The newest events of a reference that started something.
SELECT e.id
FROM projects p
JOIN "references" r ON r.project_id = p.id AND r.kind = $4 AND r.name = $5
JOIN events e ON e.reference_id = r.id
WHERE p.forge = $1 AND lower(p.namespace) = lower($2) AND lower(p.name) = lower($3)
    AND EXISTS (SELECT 1 FROM pipelines l WHERE l.event_id = e.id)
ORDER BY e.occurred_at DESC, e.id DESC
LIMIT 10
