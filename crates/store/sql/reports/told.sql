-- Unless there was something new while the forge was told (`tries` was set back): then it is due again.
UPDATE reports SET told_status = $4, told_at = $5, tries = 0, problem = NULL, leased_by = NULL,
    due_at = CASE WHEN tries = 0 THEN $5 END
WHERE id = $1 AND leased_by = $2 AND due_at = $3
