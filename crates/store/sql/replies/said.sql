UPDATE replies SET said_at = $3, due_at = NULL, leased_by = NULL, problem = NULL WHERE id = $1 AND leased_by = $2
