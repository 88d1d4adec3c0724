-- A project, and its references by kind and name from a cursor on; one row without a reference if there are no more.
-- $1 project, $2 viewer, $3 and $4 the reference behind which the page begins, $5 references
SELECT p.id AS project_id, p.forge, p.namespace, p.name AS project_name, p.visibility, p.created_at,
    found.id, found.kind, found.name
FROM projects p
LEFT JOIN (
    SELECT n.id, n.kind, n.name
    FROM "references" n
    WHERE n.project_id = $1 AND (n.kind, n.name) > ($3, $4)
    ORDER BY n.kind, n.name
    LIMIT $5
) found ON TRUE
WHERE p.id = $1 AND (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
ORDER BY found.kind, found.name
