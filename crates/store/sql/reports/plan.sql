-- The newest event of a commit owns what is told under one name. See `reports/touch.sql`.
INSERT INTO reports (project_id, hash, name, event_id, due_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (project_id, hash, name) DO UPDATE SET event_id = excluded.event_id, target_id = NULL,
    due_at = CASE WHEN reports.leased_by IS NULL THEN excluded.due_at ELSE reports.due_at END,
    is_stale = reports.leased_by IS NOT NULL, tries = 0, problem = NULL
