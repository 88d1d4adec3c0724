-- What was built of a pull request and may be consumed: newest attempts that succeeded, newest first.
SELECT t.id, t.name, p.visibility
FROM projects p
JOIN "references" r ON r.project_id = p.id AND r.kind = 'pull_request' AND r.name = $4
JOIN events e ON e.reference_id = r.id
JOIN targets t ON t.event_id = e.id AND t.kind = 'copr_build' AND t.status = 'succeeded'
WHERE p.forge = $1 AND lower(p.namespace) = lower($2) AND lower(p.name) = lower($3)
    AND NOT EXISTS (SELECT 1 FROM targets x WHERE x.chain_id = t.chain_id AND x.attempt > t.attempt)
ORDER BY t.id DESC
