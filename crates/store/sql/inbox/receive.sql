-- Rule 5: a delivery is taken once, whatever the sender repeats.
INSERT INTO inbox (source, delivery_id, kind, received_at, due_at, outcome, reason, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (source, delivery_id) DO NOTHING
RETURNING id
