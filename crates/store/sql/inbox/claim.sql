-- Takes the deliveries that are due: `due_at` is schedule and lease end in one.
UPDATE inbox SET due_at = $2, leased_by = $3, tries = tries + 1
WHERE id IN (
    SELECT id FROM inbox WHERE due_at <= $1 ORDER BY due_at, id LIMIT $4 /*pg FOR UPDATE SKIP LOCKED */
)
RETURNING id, source, delivery_id, kind, received_at, due_at, tries, outcome, reason, event_id, body
