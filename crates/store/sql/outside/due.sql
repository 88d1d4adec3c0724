SELECT event_id FROM outside_moves WHERE due_at <= $1 ORDER BY due_at, event_id LIMIT $2
