-- What was delivered of a pull request: its commits and the ones before them.
SELECT c.hash, e.before
FROM projects p
JOIN "references" r ON r.project_id = p.id AND r.kind = 'pull_request' AND r.name = $4
JOIN events e ON e.reference_id = r.id AND e.kind = 'pull_request'
JOIN commits c ON c.id = e.commit_id
WHERE p.forge = $1 AND lower(p.namespace) = lower($2) AND lower(p.name) = lower($3)
ORDER BY e.id
