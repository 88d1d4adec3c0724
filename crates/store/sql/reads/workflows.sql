-- Use case 6: workflows, newest first, from a cursor on: of a project or across all projects, by the filters that are added
-- (see filters.rs), each with its pipelines, jobs and targets. Events that started nothing have none. One branch per table,
-- told apart by `section`, in no order; on SQLite each branch is one row, a JSON array of its rows (see packed.rs). All
-- attempts are told, of which whoever reads keeps the newest: to look for a newer one of each target touched twice as much as
-- all the rest. Of events whose version is known nothing but the event is read (see remembered.rs). Columns are those of `Row`
-- in workflows.rs, by position.
-- $1 viewer, $2 and $3 the event before which the page begins, LIMIT workflows, $4 and on what is filtered by, and last what is
-- known
WITH found AS (
    SELECT e.id, e.kind, e.actor, e.status, e.version, e.occurred_at, e.received_at, e.project_id, e.reference_id,
        e.commit_id, e.has_omissions, p.forge, p.namespace, p.name, p.visibility
    FROM events e /*package JOIN event_packages k ON k.event_id = e.id */
    /*sqlite*/ CROSS /*end*/ JOIN projects p ON p.id = e.project_id
    WHERE (p.visibility = 'public' OR $1 = 'all' OR $1 LIKE '%,' || p.id || ',%')
        AND e.status <> 'nothing' AND (e.occurred_at, e.id) < ($2, $3) /*filters*/
    ORDER BY e.occurred_at DESC, e.id DESC
    LIMIT /*page*/ 31
), page AS (
    SELECT found.*, /*sqlite*/ instr /*end*/ /*pg strpos */ (/*known*/ '', ',' || id || ':' || version || ',') > 0 AS is_known
    FROM found
)
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'event', page.id, page.id, page.project_id, page.reference_id, page.version, page.kind, page.name, page.actor, page.status,
    page.forge, page.namespace, page.visibility, r.kind, r.name, c.hash, /*reason*/ CAST(NULL AS TEXT),
    page.occurred_at, page.received_at, CAST(NULL AS TIMESTAMPTZ)
/*sqlite*/ )) /*end*/ FROM page
/*sqlite*/ CROSS /*end*/ JOIN "references" r ON r.id = page.reference_id
LEFT JOIN commits c ON c.id = page.commit_id
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'pipeline', page.id, l.id, l.origin_id, l.rerun_id, NULL, NULL, l.package, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, l.created_at, NULL, NULL
/*sqlite*/ )) /*end*/ FROM page /*sqlite*/ CROSS /*end*/ JOIN pipelines l ON l.event_id = page.id WHERE NOT page.is_known
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'job', page.id, j.id, j.previous_job_id, NULL, NULL, j.kind, NULL, j.identifier, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
/*sqlite*/ )) /*end*/ FROM page /*sqlite*/ CROSS /*end*/ JOIN jobs j ON j.event_id = page.id WHERE NOT page.is_known
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'target', page.id, t.id, t.job_id, t.chain_id, t.attempt, t.kind, t.name, t.external_id, t.status,
    NULL, NULL, NULL, NULL, NULL, NULL, t.url, NULL, t.started_at, t.finished_at
/*sqlite*/ )) /*end*/ FROM page /*sqlite*/ CROSS /*end*/ JOIN targets t ON t.event_id = page.id WHERE NOT page.is_known
/*head*/
