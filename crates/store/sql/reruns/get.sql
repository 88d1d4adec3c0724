SELECT id, event_id, selection, plan, requested_by, via, reason, idempotency_key, created_at
FROM reruns
WHERE id = $1
