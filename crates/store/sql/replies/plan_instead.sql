-- What cannot be shown at a commit is said in words: never the same words twice, also if two find at once that they are to be
-- said, and again when they have changed.
INSERT INTO replies (inbox_id, project_id, kind, thread, comment_id, body, created_at, due_at)
SELECT e.inbox_id, $2, 'comment', $3, 0, $4, $5, $5
FROM events e
WHERE e.id = $1 AND e.inbox_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM replies r WHERE r.project_id = $2 AND r.thread = $3 AND r.comment_id = 0 AND r.body = $4)
ON CONFLICT (inbox_id, kind) WHERE target_id IS NULL DO UPDATE SET
    thread = excluded.thread, body = excluded.body, created_at = excluded.created_at, due_at = excluded.due_at,
    tries = 0, leased_by = NULL, said_at = NULL, problem = NULL
WHERE replies.comment_id = 0 AND replies.body <> excluded.body
