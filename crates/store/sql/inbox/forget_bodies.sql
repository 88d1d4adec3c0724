-- Rule 5: key, outcome and reason are kept for ever, the body for a while.
UPDATE inbox SET body = NULL
WHERE id IN (
    SELECT id FROM inbox WHERE received_at < $1 AND body IS NOT NULL AND outcome IS NOT NULL
    ORDER BY received_at, id LIMIT $2
)
