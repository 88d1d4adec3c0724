-- Events of a reference that have not ended, those of one commit left out, in the order in which they are to be locked.
SELECT e.id
FROM projects p
JOIN "references" r ON r.project_id = p.id AND r.kind = $4 AND r.name = $5
JOIN events e ON e.reference_id = r.id AND e.status IN ('running', 'waiting')
LEFT JOIN commits c ON c.id = e.commit_id
WHERE p.forge = $1 AND lower(p.namespace) = lower($2) AND lower(p.name) = lower($3)
    AND (c.hash IS NULL OR c.hash <> $6)
ORDER BY e.id
