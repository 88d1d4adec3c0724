UPDATE events SET status = $2 WHERE id = $1 AND status <> $2 RETURNING id
