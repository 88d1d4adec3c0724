-- Without a time it is given up.
UPDATE replies SET due_at = $3, leased_by = NULL, problem = $4 WHERE id = $1 AND leased_by = $2
