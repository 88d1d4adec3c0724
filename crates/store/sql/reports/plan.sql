-- The newest event of a commit owns what is told under one name.
INSERT INTO reports (project_id, hash, name, event_id, due_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (project_id, hash, name) DO UPDATE SET event_id = excluded.event_id, due_at = excluded.due_at,
    tries = 0, problem = NULL
