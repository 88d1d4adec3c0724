-- The newest event of a commit owns what is told under one name; as in touch.sql, who is telling just now goes on alone.
INSERT INTO reports (project_id, hash, name, event_id, due_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (project_id, hash, name) DO UPDATE SET event_id = excluded.event_id, tries = 0, problem = NULL,
    due_at = CASE WHEN reports.leased_by IS NULL THEN excluded.due_at ELSE reports.due_at END
