-- Unless it became due again while the forge was told.
UPDATE reports SET told_status = $4, told_at = $5, tries = 0, problem = NULL, leased_by = NULL,
    due_at = CASE WHEN due_at = $3 THEN NULL ELSE due_at END
WHERE id = $1 AND leased_by = $2
