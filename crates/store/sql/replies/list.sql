-- What is said to one delivery.
SELECT id, inbox_id, project_id, thread, comment_id, body, created_at, tries FROM replies WHERE inbox_id = $1 ORDER BY id
