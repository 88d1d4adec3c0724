-- The newest event owns what an issue of this title tells. Nothing is due before something failed. See `reports/touch.sql`.
INSERT INTO reports (project_id, hash, name, event_id, is_issue) VALUES ($1, '', $2, $3, TRUE)
ON CONFLICT (project_id, hash, name) DO UPDATE SET event_id = excluded.event_id,
    is_stale = reports.leased_by IS NOT NULL, tries = 0, problem = NULL
