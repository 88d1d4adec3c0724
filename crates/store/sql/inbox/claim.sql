-- Takes the deliveries that are due: `due_at` is schedule and lease end in one. The chosen are worked out once, so that
-- rows which another worker holds are never made up for by more than asked for. A large body is left to be read when its turn
-- has come.
WITH chosen AS MATERIALIZED (
    SELECT id FROM inbox WHERE due_at <= $1 ORDER BY due_at, id LIMIT $4 /*pg FOR UPDATE SKIP LOCKED */
)
UPDATE inbox SET due_at = $2, leased_by = $3, tries = tries + 1
WHERE id IN (SELECT id FROM chosen)
RETURNING id, source, delivery_id, kind, received_at, due_at, tries, outcome, reason, event_id,
    CASE WHEN length(body) <= $5 THEN body END AS body, CAST(length(body) AS BIGINT) AS body_bytes
