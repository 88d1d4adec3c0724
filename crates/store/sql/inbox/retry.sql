-- Only what came to no event is tried again, and only while its body is kept.
UPDATE inbox SET due_at = $2, outcome = NULL, reason = NULL, leased_by = NULL, tries = 0, fold_key = NULL, fold_target_id = NULL
WHERE id = $1 AND event_id IS NULL AND body IS NOT NULL
RETURNING id
