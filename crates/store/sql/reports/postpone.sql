-- What was refused for good is not told again, but what is new since (`tries` was set back) is.
UPDATE reports SET due_at = CASE WHEN tries = 0 THEN COALESCE($4, $6) ELSE $4 END, problem = $5, leased_by = NULL
WHERE id = $1 AND leased_by = $2 AND due_at = $3
