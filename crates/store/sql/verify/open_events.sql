SELECT e.id FROM events e
WHERE e.id > $1 AND EXISTS (SELECT 1 FROM targets t WHERE t.event_id = e.id AND t.finished_at IS NULL)
ORDER BY e.id
LIMIT $2
