-- One delivery that is due, for a caller that waits for it. A large body is read apart.
UPDATE inbox SET due_at = $3, leased_by = $4, tries = tries + 1
WHERE id = $1 AND due_at <= $2 AND outcome IS NULL
RETURNING id, source, delivery_id, kind, received_at, due_at, tries, outcome, reason, event_id,
    CASE WHEN length(body) <= $5 THEN body END AS body, CAST(length(body) AS BIGINT) AS body_bytes
