SELECT id, source, delivery_id, kind, received_at, due_at, tries, outcome, reason, event_id,
    CAST(NULL AS BYTEA) AS body
FROM inbox
WHERE id < $1
ORDER BY id DESC
LIMIT $2
