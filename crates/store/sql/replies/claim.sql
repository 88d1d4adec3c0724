-- Takes what is to be said: `due_at` is schedule and lease end in one. See `inbox/claim.sql`.
WITH chosen AS MATERIALIZED (
    SELECT id FROM replies WHERE due_at <= $1 ORDER BY due_at, id LIMIT $4 /*pg FOR UPDATE SKIP LOCKED */
)
UPDATE replies SET due_at = $2, leased_by = $3, tries = tries + 1
WHERE id IN (SELECT id FROM chosen)
RETURNING id, inbox_id, project_id, kind, thread, comment_id, body, target_id, created_at, tries
