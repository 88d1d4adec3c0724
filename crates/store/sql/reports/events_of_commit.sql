-- The events whose targets have checks at a commit, in the order in which they are locked.
SELECT DISTINCT r.event_id
FROM reports r
JOIN projects p ON p.id = r.project_id
WHERE p.forge = $1 AND (p.forge_id = $2 OR (p.namespace = $3 AND p.name = $4)) AND r.hash = $5 AND r.target_id IS NOT NULL
ORDER BY 1
