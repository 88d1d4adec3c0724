-- All that became one rerun is settled with it, whoever holds it.
UPDATE inbox SET outcome = $2, reason = $3, event_id = COALESCE($4, event_id), due_at = NULL, leased_by = NULL
WHERE fold_key = $1 AND outcome IS NULL
