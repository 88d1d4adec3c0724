SELECT id, event_id, selection, plan, requested_by, via, reason, idempotency_key, created_at
FROM reruns
WHERE requested_by = $1 AND idempotency_key = $2
