SELECT id, source, delivery_id, kind, received_at, due_at, tries, outcome, reason, event_id, body
FROM inbox WHERE id = $1
