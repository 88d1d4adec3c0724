-- Waits for others of its kind, which is no failed try. Fenced by the lease.
UPDATE inbox SET fold_key = $3, fold_target_id = $4, due_at = $5, reason = $6, tries = 0, leased_by = NULL
WHERE id = $1 AND leased_by = $2 AND outcome IS NULL
