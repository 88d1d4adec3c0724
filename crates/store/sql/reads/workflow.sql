-- Use case 1: the whole workflow of an event. One branch per table, told apart by `section`, in no order; each is a walk over
-- an index of event_id, and on SQLite one row, a JSON array of its rows (see packed.rs). Columns are those of `Row` in
-- sections.rs, by position: what a section does not have is NULL. SQLite is told to begin with `this` (CROSS JOIN). An input
-- that is a target of this answer is not looked up again: only its id stands there. Inputs of events that the viewer may not
-- see are left out.
-- $1 event, or $2 pipeline of it; $3 viewer
WITH this AS (
    SELECT id, project_id, reference_id, commit_id, kind, actor, status, version, before, after, occurred_at, received_at
    FROM events WHERE id = COALESCE($1, (SELECT event_id FROM pipelines WHERE id = $2))
), mine AS (
    SELECT t.* FROM this /*sqlite*/ CROSS /*end*/ JOIN targets t ON t.event_id = this.id
)
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'event', this.id, this.project_id, this.reference_id, this.commit_id,
    this.version, this.kind, p.namespace, this.actor, this.status,
    p.name, c.hash, p.forge, r.name, r.kind,
    p.visibility, this.before, this.after,
    this.occurred_at, this.received_at,
    CAST(NULL AS TIMESTAMPTZ), CAST(NULL AS TIMESTAMPTZ),
    CAST(NULL AS TIMESTAMPTZ), CAST(NULL AS TIMESTAMPTZ),
    CAST(NULL AS TEXT)
/*sqlite*/ )) /*end*/ FROM this
/*sqlite*/ CROSS /*end*/ JOIN projects p ON p.id = this.project_id
/*sqlite*/ CROSS /*end*/ JOIN "references" r ON r.id = this.reference_id
LEFT JOIN commits c ON c.id = this.commit_id
WHERE (p.visibility = 'public' OR $3 = 'all' OR $3 LIKE '%,' || p.id || ',%')
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
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'step', s.id, s.pipeline_id, s.job_id, s.previous_id, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
/*sqlite*/ )) /*end*/ FROM this /*sqlite*/ CROSS /*end*/ JOIN steps s ON s.event_id = this.id
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'job', j.id, j.previous_job_id, NULL, NULL, NULL, j.kind, NULL, j.identifier, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, j.created_at, NULL, NULL, NULL, NULL, NULL, CAST(j.details AS TEXT)
/*sqlite*/ )) /*end*/ FROM this /*sqlite*/ CROSS /*end*/ JOIN jobs j ON j.event_id = this.id
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'target', t.id, t.job_id, t.chain_id, t.submission_id, t.attempt, t.kind, t.name, NULL, t.status, t.reason,
    t.external_id, t.url, t.logs_url, NULL, NULL, NULL, NULL,
    t.created_at, t.submitted_at, t.started_at, t.finished_at, t.peer_started_at, t.peer_finished_at, CAST(t.details AS TEXT)
/*sqlite*/ )) /*end*/ FROM mine t
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'input', i.target_id, i.input_target_id, NULLIF(o.event_id, t.event_id), NULL, NULL,
    o.kind, o.name, (SELECT j.identifier FROM jobs j WHERE j.id = o.job_id), o.status, i.needs,
    o.external_id, NULL, NULL, NULL, NULL, NULL, NULL,
    o.created_at, o.submitted_at, o.started_at, o.finished_at, NULL, NULL, NULL
/*sqlite*/ )) /*end*/ FROM mine t
/*sqlite*/ CROSS /*end*/ JOIN inputs i ON i.target_id = t.id
LEFT JOIN targets o ON o.id = CASE WHEN i.input_target_id NOT IN (SELECT id FROM mine) THEN i.input_target_id END
WHERE o.id IS NULL OR (
    SELECT p.visibility = 'public' OR $3 = 'all' OR $3 LIKE '%,' || p.id || ',%'
    FROM events e JOIN projects p ON p.id = e.project_id WHERE e.id = o.event_id
)
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'submission', s.id, NULL, NULL, NULL, s.tries, s.system, NULL, s.cancel_requested_by, NULL, s.problem,
    s.external_id, NULL, NULL, w.paused_by, NULL, NULL, NULL,
    s.created_at, s.sent_at, s.due_at, s.cancel_requested_at, w.since, NULL, NULL
/*sqlite*/ )) /*end*/ FROM this
/*sqlite*/ CROSS /*end*/ JOIN submissions s ON s.event_id = this.id
LEFT JOIN pauses w ON w.system = s.system
