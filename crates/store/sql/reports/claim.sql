-- Takes what the forge must be told: `due_at` is schedule and lease end in one.
UPDATE reports SET due_at = $2, leased_by = $3, tries = tries + 1
WHERE id IN (
    SELECT id FROM reports WHERE due_at <= $1 ORDER BY due_at, id LIMIT $4 /*pg FOR UPDATE SKIP LOCKED */
)
RETURNING id, project_id, hash, name, event_id, told_status, tries, due_at AS lease_end
