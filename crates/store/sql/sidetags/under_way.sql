-- What is done with a package for a group and branch: the newest attempts that did not come to nothing. $1 forge,
-- $2 namespace, $3 name, $4 group, $5 branch, $6 the branch's newest commit.
SELECT COALESCE(SUM(CASE WHEN t.kind = 'koji_build' AND COALESCE(t.details ->> 'revision', c.hash) = $6
        AND t.status NOT IN ('failed', 'errored', 'canceled', 'skipped') THEN 1 ELSE 0 END), 0) AS builds,
    COALESCE(SUM(CASE WHEN t.kind = 'bodhi_update' AND t.status IN ('waiting', 'ready', 'submitting')
        THEN 1 ELSE 0 END), 0) AS updates
FROM jobs j
JOIN targets t ON t.job_id = j.id AND t.name = $5
JOIN events e ON e.id = j.event_id
JOIN projects p ON p.id = e.project_id
LEFT JOIN commits c ON c.id = e.commit_id
WHERE j.kind IN ('koji_build', 'koji_tag_request', 'bodhi_update') AND j.details ->> 'sidetag_group' = $4
    AND p.forge = $1 AND lower(p.namespace) = lower($2) AND lower(p.name) = lower($3)
    AND NOT EXISTS (SELECT 1 FROM targets x WHERE x.chain_id = t.chain_id AND x.attempt > t.attempt)
