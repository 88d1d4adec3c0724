-- Use cases 8 and 9: an event's pipelines, project, reference and commit, and what it did not start and why. Columns as in
-- workflow.sql.
-- $1 event, $2 viewer
WITH this AS (
    SELECT id FROM events WHERE id = $1
)
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'event', e.id, e.project_id, e.reference_id, e.commit_id,
    e.version, e.kind, p.namespace, e.actor, e.status,
    p.name, c.hash, p.forge, r.name, r.kind,
    p.visibility, e.before, e.after,
    e.occurred_at, e.received_at,
    CAST(NULL AS TIMESTAMPTZ), CAST(NULL AS TIMESTAMPTZ),
    CAST(NULL AS TIMESTAMPTZ), CAST(NULL AS TIMESTAMPTZ),
    CAST(NULL AS TEXT)
/*sqlite*/ )) /*end*/ FROM this
/*sqlite*/ CROSS /*end*/ JOIN events e ON e.id = this.id
/*sqlite*/ CROSS /*end*/ JOIN projects p ON p.id = e.project_id
/*sqlite*/ CROSS /*end*/ JOIN "references" r ON r.id = e.reference_id
LEFT JOIN commits c ON c.id = e.commit_id
WHERE (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'omission', o.id, NULL, NULL, NULL, NULL, o.kind, o.name, o.identifier, NULL, o.reason,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
/*sqlite*/ )) /*end*/ FROM this /*sqlite*/ CROSS /*end*/ JOIN omissions o ON o.event_id = this.id
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'pipeline', p.id, p.origin_id, p.rerun_id, NULL, NULL, NULL, p.package, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, p.created_at, NULL, NULL, NULL, NULL, NULL, NULL
/*sqlite*/ )) /*end*/ FROM this /*sqlite*/ CROSS /*end*/ JOIN pipelines p ON p.event_id = this.id
