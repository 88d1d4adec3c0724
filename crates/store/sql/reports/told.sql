-- What changed while the forge was told is told again.
UPDATE reports SET told_status = $3, told_at = $4, forge_id = $5, told_of = $6, is_completed = $7,
    tries = 0, problem = NULL, leased_by = NULL, sent_of = NULL, turn_at = NULL,
    due_at = CASE WHEN is_stale THEN $4 ELSE CAST(NULL AS TIMESTAMPTZ) END
WHERE id = $1 AND leased_by = $2
