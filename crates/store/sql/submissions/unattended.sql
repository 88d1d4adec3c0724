-- What no process takes any more, and has to end: its cancel was asked for long ago, or a target of it has passed its deadline.
-- Where a process holds any submission of the system, it is that one's to do.
-- $1 system, $2 now, $3 due and asked before, $4 submitted before, $5 running before, $6 at most
SELECT s.id, s.event_id, s.project_id, s.system, s.external_id, s.created_at, s.due_at, s.leased_by, s.tries, s.sent_at,
    s.callback_hash, s.problem, s.cancel_requested_at, s.cancel_requested_by, s.canceled_at, s.called_at
FROM submissions s
WHERE s.system = $1 AND s.due_at <= $3
    AND (s.cancel_requested_at <= $3 OR EXISTS (
        SELECT 1 FROM targets t
        WHERE t.submission_id = s.id AND t.finished_at IS NULL
            AND CASE WHEN t.status = 'running' THEN t.started_at <= $5 ELSE t.submitted_at <= $4 END
    ))
    AND NOT EXISTS (
        SELECT 1 FROM submissions l WHERE l.system = $1 AND l.leased_by IS NOT NULL AND l.due_at > $2
    )
ORDER BY s.due_at, s.id
LIMIT $6
