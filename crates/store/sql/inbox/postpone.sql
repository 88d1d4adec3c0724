UPDATE inbox SET due_at = $3, reason = $4, leased_by = NULL
WHERE id = $1 AND leased_by = $2 AND outcome IS NULL
