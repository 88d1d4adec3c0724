-- Fenced by the lease: who lost it writes nothing.
UPDATE inbox SET outcome = $3, reason = $4, event_id = COALESCE($5, event_id), due_at = NULL, leased_by = NULL
WHERE id = $1 AND leased_by = $2 AND outcome IS NULL
