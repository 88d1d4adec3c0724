-- The references of a project, by kind and name, from a cursor on.
-- $1 project, $2 viewer, $3 and $4 the reference behind which the page begins, $5 references
SELECT r.id, r.kind, r.name
FROM projects p
JOIN "references" r ON r.project_id = p.id
WHERE r.project_id = $1 AND (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
    AND (r.kind, r.name) > ($3, $4)
ORDER BY r.kind, r.name
LIMIT $5
