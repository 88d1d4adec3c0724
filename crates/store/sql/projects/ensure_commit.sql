INSERT INTO commits (project_id, reference_id, hash) VALUES ($1, $2, $3)
ON CONFLICT (reference_id, hash) DO UPDATE SET hash = excluded.hash
RETURNING id
