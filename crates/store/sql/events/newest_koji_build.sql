-- The newest real Koji build of a package for a branch.
SELECT t.id, t.details ->> 'nvr' AS nvr
FROM projects p
JOIN events e ON e.project_id = p.id
JOIN targets t ON t.event_id = e.id AND t.kind = 'koji_build' AND t.name = $4 AND t.status = 'succeeded'
WHERE p.forge = $1 AND lower(p.namespace) = lower($2) AND lower(p.name) = lower($3)
    AND t.details ->> 'nvr' IS NOT NULL
ORDER BY t.finished_at DESC, t.id DESC
LIMIT 1
