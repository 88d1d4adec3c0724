SELECT id, source, delivery_id, kind, received_at, due_at, tries, outcome, reason, event_id, body
FROM inbox WHERE source = $1 AND delivery_id = $2
