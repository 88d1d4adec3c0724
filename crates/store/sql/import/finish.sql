UPDATE imports SET finished_at = $2 WHERE id = $1
