INSERT INTO replies (inbox_id, project_id, kind, thread, comment_id, body, created_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
