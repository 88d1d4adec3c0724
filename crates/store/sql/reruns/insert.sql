INSERT INTO reruns (event_id, selection, plan, plan_hash, state, requested_by, via, reason, idempotency_key, created_at)
VALUES ($1, $2, $3, $4, 'carried_out', $5, $6, $7, $8, $9)
RETURNING id
