-- What cannot be shown at a commit is said in words: once for the delivery, and never the same words twice.
INSERT INTO replies (inbox_id, project_id, kind, thread, comment_id, body, created_at, due_at)
SELECT e.inbox_id, $2, 'comment', $3, 0, $4, $5, $5
FROM events e
WHERE e.id = $1 AND e.inbox_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM replies r WHERE r.project_id = $2 AND r.thread = $3 AND r.comment_id = 0 AND r.body = $4)
ON CONFLICT (inbox_id, kind) DO NOTHING
