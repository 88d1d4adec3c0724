-- All that a rerun is planned from, in one statement: one branch per table, told apart by `section`. Columns are shared by
-- position: what a section does not have is NULL.
SELECT 'event' AS section, e.id AS id, CAST(NULL AS BIGINT) AS first_id, CAST(NULL AS BIGINT) AS second_id,
    CAST(NULL AS BIGINT) AS third_id, CAST(NULL AS BIGINT) AS number,
    CAST(NULL AS TEXT) AS kind, CAST(NULL AS TEXT) AS name, CAST(NULL AS TEXT) AS identifier,
    e.status AS status, CAST(NULL AS TEXT) AS reason,
    CAST(NULL AS TEXT) AS external_id, CAST(NULL AS TEXT) AS url, CAST(NULL AS TEXT) AS logs_url,
    CAST(NULL AS TIMESTAMPTZ) AS submitted_at, CAST(NULL AS TIMESTAMPTZ) AS started_at,
    CAST(NULL AS TIMESTAMPTZ) AS finished_at, CAST(NULL AS TIMESTAMPTZ) AS peer_started_at,
    CAST(NULL AS TIMESTAMPTZ) AS peer_finished_at,
    CAST(NULL AS JSONB) AS held, CAST(NULL AS JSONB) AS details
FROM events e
WHERE e.id = $1
UNION ALL
SELECT 'pipeline', p.id, p.origin_id, NULL, NULL, NULL, NULL, p.package, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM pipelines p
WHERE p.event_id = $1
UNION ALL
SELECT 'step', s.id, s.pipeline_id, s.job_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM steps s
WHERE s.event_id = $1
UNION ALL
SELECT 'job', j.id, j.previous_job_id, NULL, NULL, NULL, j.kind, NULL, j.identifier, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, j.details
FROM jobs j
WHERE j.event_id = $1
UNION ALL
SELECT 'target', t.id, t.job_id, t.chain_id, t.submission_id, t.attempt, t.kind, t.name, NULL, t.status, t.reason,
    t.external_id, t.url, t.logs_url, t.submitted_at, t.started_at, t.finished_at, t.peer_started_at, t.peer_finished_at,
    t.held, t.details
FROM targets t
WHERE t.event_id = $1
UNION ALL
SELECT 'input', i.target_id, i.input_target_id, NULL, NULL, NULL, i.needs, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM targets t
JOIN inputs i ON i.target_id = t.id
WHERE t.event_id = $1
UNION ALL
-- What is consumed of other events: the newest attempt, and in `reason` the status of the consumed one.
SELECT 'elsewhere', o.id, n.id, n.event_id, NULL, NULL, n.kind, n.name, NULL, n.status, o.status,
    NULL, NULL, NULL, NULL, NULL, n.finished_at, NULL, n.peer_finished_at, NULL, NULL
FROM targets t
JOIN inputs i ON i.target_id = t.id
JOIN targets o ON o.id = i.input_target_id AND o.event_id <> t.event_id
JOIN targets n ON n.chain_id = o.chain_id
WHERE t.event_id = $1
    AND NOT EXISTS (SELECT 1 FROM targets x WHERE x.chain_id = n.chain_id AND x.attempt > n.attempt)
UNION ALL
-- Newest attempts of other events that consume targets of this one.
SELECT 'consumer', c.id, t.id, c.event_id, NULL, NULL, c.kind, c.name, NULL, c.status, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM targets t
JOIN inputs i ON i.input_target_id = t.id
JOIN targets c ON c.id = i.target_id AND c.event_id <> t.event_id
WHERE t.event_id = $1
    AND NOT EXISTS (SELECT 1 FROM targets x WHERE x.chain_id = c.chain_id AND x.attempt > c.attempt)
UNION ALL
-- Koji builds whose name, version and release another target completed.
SELECT 'completed', t.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM targets t
WHERE t.event_id = $1 AND t.kind = 'koji_build' AND EXISTS (
    SELECT 1 FROM targets o
    WHERE o.kind = 'koji_build' AND o.details ->> 'nvr' = t.details ->> 'nvr' AND o.id <> t.id
        AND o.status = 'succeeded'
)
UNION ALL
-- What lately took how long in this project.
SELECT 'duration', t.id, NULL, NULL, NULL, NULL, t.kind, t.name, j.identifier, NULL, NULL,
    NULL, NULL, NULL, NULL, t.started_at, t.finished_at, t.peer_started_at, t.peer_finished_at, NULL, NULL
FROM (
    SELECT r.id
    FROM events r
    WHERE r.project_id = (SELECT e.project_id FROM events e WHERE e.id = $1)
    ORDER BY r.occurred_at DESC, r.id DESC
    LIMIT 20
) AS recent
JOIN targets t ON t.event_id = recent.id AND t.status IN ('succeeded', 'failed') AND t.started_at IS NOT NULL
JOIN jobs j ON j.id = t.job_id
