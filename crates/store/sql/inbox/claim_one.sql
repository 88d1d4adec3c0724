-- One delivery that is due, for a caller that waits for it.
UPDATE inbox SET due_at = $3, leased_by = $4, tries = tries + 1
WHERE id = $1 AND due_at <= $2 AND outcome IS NULL
RETURNING id, source, delivery_id, kind, received_at, due_at, tries, outcome, reason, event_id, body
