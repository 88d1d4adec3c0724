INSERT INTO submissions (id, event_id, project_id, system, created_at, due_at)
SELECT $1, e.id, e.project_id, $3, $4, $4 FROM events e WHERE e.id = $2
