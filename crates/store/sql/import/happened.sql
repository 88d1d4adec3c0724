UPDATE events SET occurred_at = $2 WHERE id = $1
