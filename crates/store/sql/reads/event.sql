-- Use cases 8 and 9: an event's pipelines, project, reference and commit, and what it did not start and why. Columns as in
-- workflow.sql.
-- $1 event, $2 viewer
WITH this AS (
    SELECT id FROM events WHERE id = $1
)
SELECT
    'event' AS section, e.id AS id, e.project_id AS first_id, e.reference_id AS second_id, e.commit_id AS third_id,
    e.version AS number, e.kind AS kind, p.namespace AS name, e.actor AS identifier, e.status AS status,
    p.name AS reason, c.hash AS external_id, p.forge AS url, r.name AS logs_url, r.kind AS extra,
    p.visibility AS visibility, e.before AS before, e.after AS after,
    e.occurred_at AS created_at, e.received_at AS submitted_at,
    CAST(NULL AS TIMESTAMPTZ) AS started_at, CAST(NULL AS TIMESTAMPTZ) AS finished_at,
    CAST(NULL AS TIMESTAMPTZ) AS peer_started_at, CAST(NULL AS TIMESTAMPTZ) AS peer_finished_at,
    CAST(NULL AS JSONB) AS details
FROM this
JOIN events e ON e.id = this.id
JOIN projects p ON p.id = e.project_id
JOIN "references" r ON r.id = e.reference_id
LEFT JOIN commits c ON c.id = e.commit_id
WHERE (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
UNION ALL
SELECT 'omission', o.id, NULL, NULL, NULL, NULL, o.kind, o.name, o.identifier, NULL, o.reason,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM this JOIN omissions o ON o.event_id = this.id
UNION ALL
SELECT 'pipeline', p.id, p.origin_id, p.rerun_id, NULL, NULL, NULL, p.package, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, p.created_at, NULL, NULL, NULL, NULL, NULL, NULL
FROM this JOIN pipelines p ON p.event_id = this.id
ORDER BY 1, 2, 3
