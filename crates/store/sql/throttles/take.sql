-- The next turn among all that is told to an owner: one each $4 milliseconds, after a rest up to $5 milliseconds' worth at
-- once. $3 is now.
INSERT INTO throttles (forge, namespace, free_at_ms) VALUES ($1, $2, CAST($3 AS BIGINT) - CAST($5 AS BIGINT) + CAST($4 AS BIGINT))
ON CONFLICT (forge, namespace) DO UPDATE SET
    free_at_ms = CASE WHEN throttles.free_at_ms < $3 - $5 THEN $3 - $5 ELSE throttles.free_at_ms END + $4
RETURNING free_at_ms - $4
