-- What is said to one delivery, and of its event.
SELECT id, inbox_id, project_id, kind, thread, comment_id, body, target_id, created_at, tries FROM replies WHERE inbox_id = $1 ORDER BY id
