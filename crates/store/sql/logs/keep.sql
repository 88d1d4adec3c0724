INSERT INTO logs (target_id, text, kept_at) VALUES ($1, $2, $3)
ON CONFLICT (target_id) DO UPDATE SET text = excluded.text, kept_at = excluded.kept_at
