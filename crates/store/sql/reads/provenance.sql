-- Beyond the use cases: from a target back to where it came from and forth to what came of it, over inputs, over events that
-- a target caused, and over later events of an equal hash in one project; across pipelines, events and projects. Where it came
-- from a release that was carried on, the builds and tests of that release's commit are told too, and end there. Nothing is
-- walked through that the viewer may not see. Equal rows are taken once, depth and rows are bounded, so a cycle ends; the
-- caller asks for one more of each to learn whether it was cut. PostgreSQL has to be told (LATERAL, LIMIT) to look rows up one by
-- one: it expects far more of them than there are.
-- $1 target, $2 viewer, $3 depth, $4 links
WITH RECURSIVE walk (direction, kind, id, depth, from_kind, from_id, link) AS (
    SELECT d.direction, 'target', t.id, CAST(0 AS BIGINT), CAST(NULL AS TEXT), CAST(NULL AS BIGINT), 'start'
    FROM (SELECT 'back' AS direction UNION ALL SELECT 'forth') d
    JOIN targets t ON t.id = $1
    JOIN events e ON e.id = t.event_id
    JOIN projects p ON p.id = e.project_id
    WHERE p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%'
    UNION
    /*pg SELECT x.* FROM walk f CROSS JOIN LATERAL ( */
    SELECT w.direction, 'target', i.input_target_id, w.depth + 1, w.kind, w.id, 'input'
    FROM /*sqlite*/ walk /*end*/ /*pg (SELECT f.*) */ w
    /*sqlite*/ CROSS /*end*/ JOIN inputs i ON i.target_id = w.id
    JOIN targets t ON t.id = i.input_target_id
    JOIN events e ON e.id = t.event_id
    JOIN projects p ON p.id = e.project_id
    WHERE w.direction = 'back' AND w.kind = 'target' AND w.link <> 'built' AND w.depth < $3
        AND (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
    UNION /*pg ALL */
    SELECT w.direction, 'event', t.event_id, w.depth + 1, w.kind, w.id, 'event'
    FROM /*sqlite*/ walk /*end*/ /*pg (SELECT f.*) */ w
    /*sqlite*/ CROSS /*end*/ JOIN targets t ON t.id = w.id
    WHERE w.direction = 'back' AND w.kind = 'target' AND w.link <> 'built' AND w.depth < $3
        AND NOT EXISTS (SELECT 1 FROM inputs i WHERE i.target_id = t.id)
    UNION /*pg ALL */
    SELECT w.direction, 'target', t.id, w.depth + 1, w.kind, w.id, 'caused'
    FROM /*sqlite*/ walk /*end*/ /*pg (SELECT f.*) */ w
    /*sqlite*/ CROSS /*end*/ JOIN events n ON n.id = w.id
    JOIN targets t ON t.id = n.caused_by_target_id
    JOIN events e ON e.id = t.event_id
    JOIN projects p ON p.id = e.project_id
    WHERE w.direction = 'back' AND w.kind = 'event' AND w.depth < $3
        AND (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
    UNION /*pg ALL */
    SELECT w.direction, 'event', e.id, w.depth + 1, w.kind, w.id, 'same_commit'
    FROM /*sqlite*/ walk /*end*/ /*pg (SELECT f.*) */ w
    /*sqlite*/ CROSS /*end*/ JOIN events n ON n.id = w.id
    JOIN commits c ON c.id = n.commit_id
    JOIN commits o ON o.project_id = c.project_id AND o.hash = c.hash
    JOIN events e ON e.commit_id = o.id AND (e.occurred_at, e.id) < (n.occurred_at, n.id)
    WHERE w.direction = 'back' AND w.kind = 'event' AND w.link <> 'same_commit' AND w.depth < $3
    UNION /*pg ALL */
    SELECT w.direction, 'target', t.id, w.depth + 1, w.kind, w.id, 'built'
    FROM /*sqlite*/ walk /*end*/ /*pg (SELECT f.*) */ w
    /*sqlite*/ CROSS /*end*/ JOIN targets t ON t.event_id = w.id
    WHERE w.direction = 'back' AND w.kind = 'event' AND w.depth < $3
        AND t.kind IN ('srpm_build', 'copr_build', 'test_run')
        AND (w.link = 'same_commit' OR EXISTS (
            SELECT 1 FROM targets c
            WHERE c.id = w.from_id AND w.link = 'event' AND c.kind IN ('propose_downstream', 'pull_from_upstream')
        ))
    UNION /*pg ALL */
    SELECT w.direction, 'target', i.target_id, w.depth + 1, w.kind, w.id, 'input'
    FROM /*sqlite*/ walk /*end*/ /*pg (SELECT f.*) */ w
    /*sqlite*/ CROSS /*end*/ JOIN inputs i ON i.input_target_id = w.id
    JOIN targets t ON t.id = i.target_id
    JOIN events e ON e.id = t.event_id
    JOIN projects p ON p.id = e.project_id
    WHERE w.direction = 'forth' AND w.kind = 'target' AND w.depth < $3
        AND (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
    UNION /*pg ALL */
    SELECT w.direction, 'event', e.id, w.depth + 1, w.kind, w.id, 'caused'
    FROM /*sqlite*/ walk /*end*/ /*pg (SELECT f.*) */ w
    /*sqlite*/ CROSS /*end*/ JOIN events e ON e.caused_by_target_id = w.id
    JOIN projects p ON p.id = e.project_id
    WHERE w.direction = 'forth' AND w.kind = 'target' AND w.depth < $3
        AND (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
    UNION /*pg ALL */
    SELECT w.direction, 'target', t.id, w.depth + 1, w.kind, w.id, 'event'
    FROM /*sqlite*/ walk /*end*/ /*pg (SELECT f.*) */ w
    /*sqlite*/ CROSS /*end*/ JOIN targets t ON t.event_id = w.id
    WHERE w.direction = 'forth' AND w.kind = 'event' AND w.depth < $3
        AND NOT EXISTS (SELECT 1 FROM inputs i WHERE i.target_id = t.id)
    UNION /*pg ALL */
    SELECT w.direction, 'event', e.id, w.depth + 1, w.kind, w.id, 'same_commit'
    FROM /*sqlite*/ walk /*end*/ /*pg (SELECT f.*) */ w
    /*sqlite*/ CROSS /*end*/ JOIN events n ON n.id = w.id
    JOIN commits c ON c.id = n.commit_id
    JOIN commits o ON o.project_id = c.project_id AND o.hash = c.hash
    JOIN events e ON e.commit_id = o.id AND (e.occurred_at, e.id) > (n.occurred_at, n.id)
    WHERE w.direction = 'forth' AND w.kind = 'event' AND w.link <> 'same_commit' AND w.depth < $3
    /*pg ) x */
),
bounded AS (
    SELECT * FROM walk LIMIT $4
)
SELECT y.direction, y.kind, y.id, y.depth, y.from_kind, y.from_id, y.link,
    e.id AS event_id, e.kind AS event_kind, e.occurred_at, e.status AS event_status,
    p.id AS project_id, p.forge, p.namespace, p.name AS project_name, r.kind AS reference_kind, r.name AS reference_name,
    c.hash, t.kind AS job_kind, (SELECT j.identifier FROM jobs j WHERE j.id = t.job_id) AS identifier,
    t.name AS target_name, t.attempt, t.status AS target_status, t.url
FROM bounded y
LEFT JOIN targets t ON y.kind = 'target' AND t.id = y.id
JOIN /*pg LATERAL (SELECT x.* FROM */ events /*pg x WHERE x.id = COALESCE(t.event_id, y.id) LIMIT 1) */ e
    ON e.id = COALESCE(t.event_id, y.id)
JOIN projects p ON p.id = e.project_id
JOIN "references" r ON r.id = e.reference_id
LEFT JOIN commits c ON c.id = e.commit_id
ORDER BY y.direction, y.depth, y.kind, y.id, y.from_kind, y.from_id
