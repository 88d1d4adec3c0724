-- Rule 5: a delivery is taken once, whatever the sender repeats. Only one that was refused and cannot be worked on any more, its
-- body gone, is taken anew.
INSERT INTO inbox (source, delivery_id, kind, received_at, due_at, outcome, reason, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (source, delivery_id) DO UPDATE
SET due_at = excluded.due_at, outcome = excluded.outcome, reason = excluded.reason, body = excluded.body, tries = 0,
    fold_key = NULL, fold_target_id = NULL
WHERE inbox.outcome = 'refused' AND inbox.event_id IS NULL AND inbox.body IS NULL AND inbox.kind = excluded.kind
RETURNING id
