-- What says that nothing was started at a commit says from now on that something was: the event that starts it, at the same
-- reference, owns it. See `reports/touch.sql`.
-- $1 project, $2 commit, $3 event, $4 now
UPDATE reports SET event_id = $3, due_at = CASE WHEN leased_by IS NULL THEN $4 ELSE due_at END, is_stale = leased_by IS NOT NULL,
    tries = 0, problem = NULL
WHERE project_id = $1 AND hash = $2 AND target_id IS NULL AND NOT is_issue AND EXISTS (
    SELECT 1 FROM events o JOIN events n ON n.id = $3 AND n.reference_id = o.reference_id
    WHERE o.id = reports.event_id AND o.id < $3 AND o.status = 'nothing'
)
