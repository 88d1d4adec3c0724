-- Use case 6: workflows, newest first, from a cursor on: of a project or across all projects, by the filters that are added
-- (see filters.rs), each with its pipelines, jobs and targets. Events that started nothing have none. One branch per table,
-- told apart by `section`. All attempts are told, of which whoever reads keeps the newest: to look for a newer one of each
-- target touched twice as much as all the rest.
-- $1 viewer, $2 and $3 the event before which the page begins, $4 workflows, $5 and on what is filtered by
WITH page AS (
    SELECT e.id, e.kind, e.actor, e.status, e.version, e.occurred_at, e.received_at, e.project_id, e.reference_id,
        e.commit_id, p.forge, p.namespace, p.name, p.visibility
    FROM events e /*package JOIN event_packages k ON k.event_id = e.id */
    /*sqlite*/ CROSS /*end*/ JOIN projects p ON p.id = e.project_id
    WHERE (p.visibility = 'public' OR $1 = 'all' OR $1 LIKE '%,' || p.id || ',%')
        AND e.status <> 'nothing' AND (e.occurred_at, e.id) < ($2, $3) /*filters*/
    ORDER BY e.occurred_at DESC, e.id DESC
    LIMIT $4
)
SELECT
    'event' AS section, page.id AS event_id, page.id AS id, page.project_id AS first_id, page.reference_id AS second_id,
    page.version AS number, page.kind AS kind, page.name AS name, page.actor AS identifier, page.status AS status,
    page.forge AS forge, page.namespace AS namespace, page.visibility AS visibility,
    r.kind AS reference_kind, r.name AS reference_name, c.hash AS hash, CAST(NULL AS TEXT) AS url,
    page.occurred_at AS created_at, page.received_at AS started_at, CAST(NULL AS TIMESTAMPTZ) AS finished_at
FROM page
/*sqlite*/ CROSS /*end*/ JOIN "references" r ON r.id = page.reference_id
LEFT JOIN commits c ON c.id = page.commit_id
UNION ALL
SELECT 'pipeline', page.id, l.id, l.origin_id, l.rerun_id, NULL, NULL, l.package, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, l.created_at, NULL, NULL
FROM page /*sqlite*/ CROSS /*end*/ JOIN pipelines l ON l.event_id = page.id
UNION ALL
SELECT 'job', page.id, j.id, j.previous_job_id, NULL, NULL, j.kind, NULL, j.identifier, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, j.created_at, NULL, NULL
FROM page /*sqlite*/ CROSS /*end*/ JOIN jobs j ON j.event_id = page.id
UNION ALL
SELECT 'target', page.id, t.id, t.job_id, t.chain_id, t.attempt, t.kind, t.name, t.external_id, t.status,
    NULL, NULL, NULL, NULL, NULL, NULL, t.url, t.created_at, t.started_at, t.finished_at
FROM page /*sqlite*/ CROSS /*end*/ JOIN targets t ON t.event_id = page.id
ORDER BY 1, 2, 3
