-- Takes what the forge must be told: `due_at` is schedule and lease end in one. See `inbox/claim.sql`.
WITH chosen AS MATERIALIZED (
    SELECT id FROM reports WHERE due_at <= $1 ORDER BY due_at, id LIMIT $4 /*pg FOR UPDATE SKIP LOCKED */
)
UPDATE reports SET due_at = $2, leased_by = $3, tries = tries + 1, is_stale = FALSE
WHERE id IN (SELECT id FROM chosen)
RETURNING id, project_id, hash, name, event_id, target_id, told_status, tries, forge_id, told_of, is_completed, sent_of,
    turn_at, is_issue
