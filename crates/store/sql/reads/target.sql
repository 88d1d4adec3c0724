-- One target: all attempts of its chain, what they consume, what consumes them, and where they stand. Columns as in
-- workflow.sql.
-- $1 target, $2 viewer
WITH this AS (
    SELECT chain_id, event_id FROM targets WHERE id = $1
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
/*sqlite*/ CROSS /*end*/ JOIN events e ON e.id = this.event_id
/*sqlite*/ CROSS /*end*/ JOIN projects p ON p.id = e.project_id
/*sqlite*/ CROSS /*end*/ JOIN "references" r ON r.id = e.reference_id
LEFT JOIN commits c ON c.id = e.commit_id
WHERE (p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%')
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'pipeline', p.id, p.origin_id, p.rerun_id, NULL, NULL, NULL, p.package, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, p.created_at, NULL, NULL, NULL, NULL, NULL, NULL
/*sqlite*/ )) /*end*/ FROM this
/*sqlite*/ CROSS /*end*/ JOIN pipelines p ON p.event_id = this.event_id AND p.id IN (
    SELECT s.pipeline_id FROM targets t /*sqlite*/ CROSS /*end*/ JOIN steps s ON s.job_id = t.job_id WHERE t.chain_id = this.chain_id
)
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'step', s.id, s.pipeline_id, s.job_id, s.previous_id, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
/*sqlite*/ )) /*end*/ FROM this /*sqlite*/ CROSS /*end*/ JOIN targets t ON t.chain_id = this.chain_id /*sqlite*/ CROSS /*end*/ JOIN steps s ON s.job_id = t.job_id
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'job', j.id, j.previous_job_id, NULL, NULL, NULL, j.kind, NULL, j.identifier, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, j.created_at, NULL, NULL, NULL, NULL, NULL, CAST(j.details AS TEXT)
/*sqlite*/ )) /*end*/ FROM this /*sqlite*/ CROSS /*end*/ JOIN targets t ON t.chain_id = this.chain_id /*sqlite*/ CROSS /*end*/ JOIN jobs j ON j.id = t.job_id
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'target', t.id, t.job_id, t.chain_id, t.submission_id, t.attempt, t.kind, t.name, NULL, t.status, t.reason,
    t.external_id, t.url, t.logs_url, NULL, NULL, NULL, NULL,
    t.created_at, t.submitted_at, t.started_at, t.finished_at, t.peer_started_at, t.peer_finished_at, CAST(t.details AS TEXT)
/*sqlite*/ )) /*end*/ FROM this /*sqlite*/ CROSS /*end*/ JOIN targets t ON t.chain_id = this.chain_id
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'input', i.target_id, i.input_target_id, CASE WHEN o.event_id <> this.event_id THEN o.event_id END, NULL, NULL,
    o.kind, o.name, (SELECT j.identifier FROM jobs j WHERE j.id = o.job_id), o.status, i.needs,
    o.external_id, NULL, NULL, NULL, NULL, NULL, NULL,
    o.created_at, o.submitted_at, o.started_at, o.finished_at, NULL, NULL, NULL
/*sqlite*/ )) /*end*/ FROM this
/*sqlite*/ CROSS /*end*/ JOIN targets t ON t.chain_id = this.chain_id
/*sqlite*/ CROSS /*end*/ JOIN inputs i ON i.target_id = t.id
/*sqlite*/ CROSS /*end*/ JOIN targets o ON o.id = i.input_target_id
WHERE o.event_id = this.event_id OR (
    SELECT p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%'
    FROM events e JOIN projects p ON p.id = e.project_id WHERE e.id = o.event_id
)
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'consumer', i.input_target_id, i.target_id, CASE WHEN o.event_id <> this.event_id THEN o.event_id END, NULL, o.attempt,
    o.kind, o.name, (SELECT j.identifier FROM jobs j WHERE j.id = o.job_id), o.status, i.needs,
    o.external_id, NULL, NULL, NULL, NULL, NULL, NULL,
    o.created_at, o.submitted_at, o.started_at, o.finished_at, NULL, NULL, NULL
/*sqlite*/ )) /*end*/ FROM this
/*sqlite*/ CROSS /*end*/ JOIN targets t ON t.chain_id = this.chain_id
/*sqlite*/ CROSS /*end*/ JOIN inputs i ON i.input_target_id = t.id
/*sqlite*/ CROSS /*end*/ JOIN targets o ON o.id = i.target_id
WHERE o.event_id = this.event_id OR (
    SELECT p.visibility = 'public' OR $2 = 'all' OR $2 LIKE '%,' || p.id || ',%'
    FROM events e JOIN projects p ON p.id = e.project_id WHERE e.id = o.event_id
)
UNION ALL
SELECT /*sqlite*/ json_group_array(json_array( /*end*/
    'submission', s.id, NULL, NULL, NULL, s.tries, s.system, NULL, s.cancel_requested_by, NULL, s.problem,
    s.external_id, NULL, NULL, w.paused_by, NULL, NULL, NULL,
    s.created_at, s.sent_at, s.due_at, s.cancel_requested_at, w.since, NULL, NULL
/*sqlite*/ )) /*end*/ FROM this
/*sqlite*/ CROSS /*end*/ JOIN targets t ON t.chain_id = this.chain_id
/*sqlite*/ CROSS /*end*/ JOIN submissions s ON s.id = t.submission_id
LEFT JOIN pauses w ON w.system = s.system
