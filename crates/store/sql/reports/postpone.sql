UPDATE reports SET due_at = $3, problem = $4, leased_by = NULL WHERE id = $1 AND leased_by = $2
