-- Nobody has a turn before $3, and then one after the other.
INSERT INTO throttles (forge, namespace, free_at_ms, paused_until_ms) VALUES ($1, $2, $3, $3)
ON CONFLICT (forge, namespace) DO UPDATE SET
    free_at_ms = CASE WHEN throttles.free_at_ms < $3 THEN $3 ELSE throttles.free_at_ms END,
    paused_until_ms = CASE WHEN throttles.paused_until_ms < $3 THEN $3 ELSE throttles.paused_until_ms END
